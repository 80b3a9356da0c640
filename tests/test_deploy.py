"""What stands in deploy/ can be read, and its scripts make what the workers need."""

import argparse
import json
import os
import pathlib
import re
import runpy
import subprocess

import pytest
import yaml

from kgan.cli import serve
from kgan.training import distribution

DEPLOY = pathlib.Path(__file__).parent.parent / "deploy"


def test_the_workers_of_the_kubernetes_job_know_each_other(tmp_path, monkeypatch):
    service, job = yaml.safe_load_all((DEPLOY / "kubernetes" / "train.yaml").read_text())
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    workers = int({item["name"]: item["value"] for item in container["env"]}["WORKERS"])
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == workers
    assert service["spec"]["selector"] == {"job-name": job["metadata"]["name"]}
    stand_in = tmp_path / "kgan"
    stand_in.write_text('#!/bin/sh\necho "$TF_CONFIG"\necho "$@"\n')
    stand_in.chmod(0o755)
    for index in range(workers):
        environment = {
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "WORKERS": str(workers),
            "JOB_COMPLETION_INDEX": str(index),
        }
        done = subprocess.run(
            [*container["command"], *container["args"]],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        config, line = done.stdout.splitlines()
        monkeypatch.setenv("TF_CONFIG", config)
        assert distribution._read_task() == (index == 0, workers)
        # A pod's name is the Job's with its index, below the subdomain.
        address = json.loads(config)["cluster"]["worker"][index]
        assert address == f"{job['metadata']['name']}-{index}.{spec['subdomain']}:2222"
        assert line.startswith("train dcgan_digits --distribute multiworker --out /runs/")
    assert service["metadata"]["name"] == spec["subdomain"]


def test_vertex_starts_the_same_line_on_every_machine():
    pools = yaml.safe_load((DEPLOY / "vertex" / "job.yaml").read_text())["workerPoolSpecs"]
    lines = [pool["containerSpec"]["command"] + pool["containerSpec"]["args"] for pool in pools]
    assert lines[0] == lines[1]
    assert lines[0][:5] == ["kgan", "train", "dcgan_digits", "--distribute", "multiworker"]


def test_a_ray_worker_trains_the_recipe_with_its_options(monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "kgan.training.train", lambda config, folder, **how: asked.update(how, c=config, f=folder)
    )
    worker = runpy.run_path(str(DEPLOY / "ray" / "train.py"))["trained"]
    worker({"recipe": "gan_ring", "folder": "x", "options": ["--training.epochs", "7"]})
    assert (asked["f"], asked["distribute"]) == ("x", "multiworker")
    assert (asked["c"].model["name"], asked["c"].training.epochs) == ("gan", 7)


@pytest.mark.parametrize("place", sorted(path.parent.name for path in DEPLOY.glob("*/README.md")))
def test_every_readme_says_what_was_not_run(place):
    text = (DEPLOY / place / "README.md").read_text(encoding="utf-8")
    assert "**What was run:**" in text and "**What was not:**" in text


def test_the_image_of_kgan_serve_starts_a_command_that_there_is():
    text = (DEPLOY / "kgan" / "Dockerfile").read_text()
    command = json.loads(re.search(r"^ENTRYPOINT (.*)$", text, re.MULTILINE)[1])
    assert command[:2] == ["kgan", "serve"]
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    options = parser.parse_args(command[2:])
    assert f"EXPOSE {options.port} {options.grpc_port}" in text
    assert "--no-index" in text and "curl" not in text


def test_nginx_asks_for_the_token_before_it_passes_anything_on():
    text = (DEPLOY / "kgan" / "nginx.conf").read_text()
    assert text.count("{") == text.count("}")
    ports = set(re.findall(r"server 127\.0\.0\.1:(\d+);", text))
    assert ports == {"8501", "8500"}
    assert text.index("return 401") < text.index("location /")
    assert set(re.findall(r"(?:proxy|grpc)_pass \w+://(\w+);", text)) == set(
        re.findall(r"upstream (\w+)", text)
    )
