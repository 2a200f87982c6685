// The text of a tweet: how long it is by weight, and what in it is a link. The server decides; this is its mirror.

export const MAX = 280;
const URL_PATTERN = /https?:\/\/[^\s<>"']+/giu;
const LIGHT = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]];
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3/u;
const segmenter = "Segmenter" in Intl ? new Intl.Segmenter("en", { granularity: "grapheme" }) : null;

export function weight(text) {
  const normal = text.normalize("NFC");
  const urls = normal.match(URL_PATTERN) || [];
  const rest = normal.replace(URL_PATTERN, "");
  const graphemes = segmenter ? Array.from(segmenter.segment(rest), (part) => part.segment) : Array.from(rest);
  return urls.length * 23 + graphemes.reduce((sum, grapheme) => sum + weightOf(grapheme), 0);
}

function weightOf(grapheme) {
  if (EMOJI.test(grapheme)) return 2;
  let sum = 0;
  for (const character of grapheme) {
    const point = character.codePointAt(0);
    sum += LIGHT.some(([low, high]) => low <= point && point <= high) ? 1 : 2;
  }
  return sum;
}

const LINK = /(?<url>https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]])|(?<![\p{L}\p{N}_@])@(?<person>[A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])|(?<![\p{L}\p{N}_#&])#(?<tag>[\p{L}\p{M}\p{N}_]*[\p{L}\p{M}][\p{L}\p{M}\p{N}_]*)|(?<![\p{L}\p{N}_$])\$(?<cash>[A-Za-z]{1,6})(?![A-Za-z0-9_])/gu;

export function pieces(text) {
  const found = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    const { url, person, tag, cash } = match.groups;
    if (url) found.push({ text: url, href: url, isOutside: true });
    else if (person) found.push({ text: match[0], href: `/@${person}` });
    else found.push({ text: match[0], href: `/search?q=${encodeURIComponent(tag ? `#${tag}` : `$${cash}`)}` });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}
