"""Media on the S3 API: objects in a bucket, under the hash of what they hold.

Any server that speaks it will do: Amazon's, MinIO, Ceph, or the stand-in that `twitterlab up s3` starts. Where it is
and who we are comes from the address and from what boto3 looks at (AWS_ACCESS_KEY_ID and its like).
Source: Amazon Simple Storage Service, "API Reference", PutObject and HeadObject.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

from twitterlab.errors import BadInput, Refused, Uncertain
from twitterlab.storage.media.port import NAME

Answer = TypeVar("Answer")
BUCKET, REGION = "twitterlab", "us-east-1"
CONNECTIONS, ANSWERS_WITHIN_S, TRIES = 16, 10, 2
MISSING = ("404", "NoSuchKey", "NotFound")
TAKEN = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")
FAILED = 500
HERE = ("127.0.0.1", "localhost", "::1")
LABEL = "s3"


class S3Media:
    """`Media` in one bucket of the server at `endpoint` (None: where boto3 is told to look). The bucket is made if it
    is not there. BadInput for a server that does not answer."""

    def __init__(self, endpoint: str | None = None, bucket: str = BUCKET) -> None:
        self._bucket = bucket
        keys = {} if endpoint is None else _keys(endpoint)
        config = Config(
            max_pool_connections=CONNECTIONS, connect_timeout=ANSWERS_WITHIN_S, read_timeout=ANSWERS_WITHIN_S,
            retries={"total_max_attempts": TRIES, "mode": "standard"}, s3={"addressing_style": "path"},
        )  # fmt: skip
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION
        try:
            self._client: Any = boto3.client("s3", endpoint_url=endpoint, config=config, region_name=region, **keys)
            self._make(region)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise BadInput(
                f"no S3 API answers at {endpoint or 'the place boto3 looks at'}: {error}",
                "Start one: `twitterlab up s3`, and give its address.",
            ) from None

    async def put(self, name: str, content: bytes) -> None:
        assert NAME.fullmatch(name)
        if await self._run(partial(self._is_there, name)):
            return
        await self._run(lambda: self._client.put_object(Bucket=self._bucket, Key=name, Body=content), is_write=True)

    async def get(self, name: str) -> bytes:
        if not NAME.fullmatch(name):
            raise Refused("there is no such picture", "missing")
        content = await self._run(partial(self._content, name))
        if content is None:
            raise Refused("there is no such picture", "missing")
        return content

    async def known(self, names: tuple[str, ...]) -> set[str]:
        asked = [name for name in dict.fromkeys(names) if NAME.fullmatch(name)]
        there = await asyncio.gather(*(self._run(partial(self._is_there, name)) for name in asked))
        return {name for name, is_there in zip(asked, there, strict=True) if is_there}

    async def close(self) -> None:
        """A second call changes nothing."""
        self._client.close()

    def _make(self, region: str) -> None:
        where = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            self._client.head_bucket(Bucket=self._bucket)
        except ClientError as error:
            if _code(error) not in (*MISSING, "NoSuchBucket"):
                raise
            try:
                self._client.create_bucket(Bucket=self._bucket, **where)
            except ClientError as lost_race:
                if _code(lost_race) not in TAKEN:
                    raise

    def _is_there(self, name: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=name)
        except ClientError as error:
            if _code(error) in MISSING:
                return False
            raise
        return True

    def _content(self, name: str) -> bytes | None:
        try:
            content: bytes = self._client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
        except ClientError as error:
            if _code(error) in MISSING:
                return None
            raise
        return content

    async def _run(self, work: Callable[[], Answer], is_write: bool = False) -> Answer:
        """On a thread. A write whose answer was lost, or was an error of theirs, may have happened."""
        try:
            return await asyncio.to_thread(work)
        except (BotoCoreError, ClientError) as error:
            if is_write and _may_have_happened(error):
                raise Uncertain(f"the store of pictures gave no answer: {error}") from None
            raise Refused(f"the store of pictures says no: {error}", "unavailable") from None


def _may_have_happened(error: Exception) -> bool:
    if isinstance(error, ClientError):
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"]) >= FAILED
    return isinstance(error, HTTPClientError) and not isinstance(error, ConnectionError)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _keys(endpoint: str) -> dict[str, str]:
    """A stand-in on this machine believes anybody; boto3 signs only with some key."""
    if urlsplit(endpoint).hostname not in HERE or "AWS_ACCESS_KEY_ID" in os.environ:
        return {}
    return {"aws_access_key_id": "twitterlab", "aws_secret_access_key": "twitterlab"}
