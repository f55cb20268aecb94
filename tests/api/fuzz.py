"""Fuzzes the API by its own OpenAPI document: no 5xx and no answer that isn't documented.

    target/api/bin/python tests/api/fuzz.py BINARY REQUESTS [SEED]

Starts BINARY on a folder of its own, lints the document, and sends random requests, right and
wrong ones, until at least REQUESTS were answered. A round's seed is printed; a failure can be
repeated with it.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

APP, KEY, TOKEN = "APP-1", "KEY-1", "TOKEN-1"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
# Without end by their nature; tests/stream.rs and tests/sdk are about them.
ENDLESS = ["streamChannel", "realTime"]
EXAMPLES = 60


def main():
    binary, wanted = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**9)
    with tempfile.TemporaryDirectory(prefix="blockcast-api-") as folder:
        server, url = start(binary, folder)
        try:
            lint(url)
            answered = 0
            while answered < wanted:
                # Few examples when few are left, so that a short run is short.
                examples = max(2, min(EXAMPLES, (wanted - answered) // 60))
                print(f"seed {seed}", flush=True)
                answered += fuzz(url, Path(folder), seed, examples)
                seed += 1
            if server.poll() is not None:
                sys.exit("the server ended")
        finally:
            server.terminate()
            server.wait()
    print(f"{answered} requests: no 5xx, and no answer that isn't documented")


def start(binary, folder):
    environment = {**os.environ, "BLOCKCAST_APP_ID": APP, "BLOCKCAST_API_KEY": KEY,
                   "BLOCKCAST_ADMIN_TOKEN": TOKEN}
    command = [binary, "serve", "--listen", "127.0.0.1:0", "--data", f"{folder}/data"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    for line in server.stdout:
        if line.startswith("listening on "):
            return server, line.removeprefix("listening on ").strip()
    sys.exit(f"the server didn't listen: exit code {server.wait()}")


def lint(url):
    with urllib.request.urlopen(f"{url}/api/v1/openapi.json") as answer:
        document = json.load(answer)
    problems = list(OpenAPIV31SpecValidator(document).iter_errors())
    if problems:
        sys.exit("\n".join(f"openapi.json: {problem.message}" for problem in problems))


def fuzz(url, folder, seed, examples):
    """One round; gives how many requests were answered."""
    config, report = folder / "schemathesis.toml", folder / "report.ndjson"
    config.write_text(f'[parameters]\n"path.app" = "{APP}"\n"path.key" = "{KEY}"\n')
    report.unlink(missing_ok=True)
    tool = str(Path(sys.executable).absolute().with_name("schemathesis"))
    command = [
        tool, "--config-file", str(config), "run", f"{url}/api/v1/openapi.json",
        "--checks", CHECKS, "--seed", str(seed), "--max-examples", str(examples),
        "--header", f"Authorization: Bearer {TOKEN}", "--header", "Accept: application/json",
        "--request-timeout", "20", "--continue-on-failure", "--warnings", "off",
        "--generation-database", "none", "--report", "ndjson",
        "--report-ndjson-path", str(report), "--no-color",
    ]
    for name in ENDLESS:
        command += ["--exclude-operation-id", name]
    # There, so that its caches go with the folder.
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0:
        sys.exit(done.stdout)
    return answered_in(report)


def answered_in(report):
    """The requests of a report: every recorded interaction is one."""
    count = 0
    for line in report.open():
        event = json.loads(line)
        for scenario in event.values():
            if isinstance(scenario, dict):
                count += len((scenario.get("recorder") or {}).get("interactions") or {})
    return count


main()
