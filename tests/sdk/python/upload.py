"""Uploads two files with Slack's SDK for Python, and prints what the helper returned as JSON."""

import json
import os
import sys

from slack_sdk import WebClient

channel, root = sys.argv[1:]
client = WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
answer = client.files_upload_v2(
    channel=channel,
    thread_ts=root,
    initial_comment="two files",
    file_uploads=[
        {"content": b"one", "filename": "one.txt", "alt_txt": "the first"},
        {"content": "print(2)", "filename": "two.py", "snippet_type": "python", "title": "Second"},
    ],
)
print(json.dumps([file["id"] for file in answer["files"]]))
