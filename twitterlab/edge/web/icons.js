// Icons as strokes on a grid of 24, drawn for this page.

const SVG = "http://www.w3.org/2000/svg";
const STROKES = {
  home: "M4 11 12 4l8 7M6 10v9h12v-9",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  mail: "M4 6h16v12H4zM4 7l8 6 8-6",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c1-4 4-5.5 7-5.5s6 1.5 7 5.5",
  xray: "M13 3 6 13h5l-1 8 8-11h-6z",
  reply: "M4 5h16v11H10l-5 4v-4H4z",
  retweet: "M5 9V7h11l-3-3M19 15v2H8l3 3M16 7h3v5M8 17H5v-5",
  like: "M12 20C5 15 4 11.5 4 9a4.2 4.2 0 0 1 8-1.8A4.2 4.2 0 0 1 20 9c0 2.5-1 6-8 11z",
  quote: "M5 7h5v6c0 2-1 3.5-3 4M14 7h5v6c0 2-1 3.5-3 4",
  delete: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  close: "M6 6l12 12M18 6 6 18",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
};

export function icon(name, isFilled = false) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", isFilled ? "icon filled" : "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", STROKES[name]);
  drawing.append(path);
  return drawing;
}
