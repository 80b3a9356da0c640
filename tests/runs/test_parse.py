"""Recipe, file and command line become one configuration; nothing else gets through."""

import dataclasses

import pytest
import yaml

from kgan.errors import InputError
from kgan.registry import MODELS
from kgan.runs.config import RunConfig, Training, list_recipes, read_recipe, read_sections
from kgan.runs.parse import parse, print_help

BARE = {"model": {"name": "dcgan"}, "data": {"source": "digits"}}


def test_every_recipe_parses_and_is_described(tmp_path):
    assert "dcgan_digits" in list_recipes()
    for name, summary in list_recipes().items():
        sections = read_recipe(name)
        own_pictures = "source" not in sections["data"]
        arguments = ["--data.source", str(tmp_path)] if own_pictures else []
        assert isinstance(parse(arguments, [sections]), RunConfig)
        assert len(summary) > 10, name


def test_later_layers_override_and_defaults_fill():
    layers = [BARE, {"training": {"epochs": 3, "seed": 5}}, {"training": {"epochs": 4}}]
    config = parse(
        ["--training.epochs", "5", "--model.regularizers", '{"r1": {"weight": 2}}'], layers
    )
    assert config.training == Training(epochs=5, seed=5)
    assert config.model["regularizers"] == {"r1": {"weight": 2}}
    assert config.model["latent_size"] == 100
    assert config.data == {"source": "digits", "size": 32, "split": "train"}
    assert config.training.batch_size == 64
    assert parse([], layers).training.epochs == 4


def test_what_was_said_of_a_source_goes_with_it(tmp_path):
    training = {"batch_size": 8}
    data = {"source": "digits", "size": 16, "split": "all"}
    layers = [{**BARE, "data": data, "training": training}]
    config = parse(["--data.source", str(tmp_path)], layers)
    assert (config.data["size"], config.training.batch_size) == (16, 8)
    assert "split" not in config.data
    assert "folder" not in config.data
    kept = parse(["--data.source", "digits"], layers)
    assert kept.data["split"] == "all"


def test_a_folder_is_recorded_from_the_root(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for text in ("photos", "./photos", "~/photos"):
        config = parse(["--data.source", text], [BARE])
        assert config.data["source"] == str(tmp_path / "photos"), text
    assert parse(["--data.source", "tfds:mnist"], [BARE]).data["source"] == "tfds:mnist"


def test_a_saved_config_is_the_same_config(tmp_path):
    arguments = ["--training.learning_rate", "1e-3", "--model.regularizers", '{"r1": {"every": 8}}']
    arguments += ["--evaluation.metrics", "[recall, fid]"]
    config = parse(arguments, [BARE])
    config = dataclasses.replace(config, examples={"count": 3, "image_shape": [8, 8, 1]})
    config.save(tmp_path / "config.yaml")
    assert RunConfig.load(tmp_path / "config.yaml") == config
    written = yaml.safe_load((tmp_path / "config.yaml").read_text())
    assert set(written) == {"model", "data", "training", "evaluation", "examples"}
    assert written["training"]["learning_rate"] == 0.001
    assert set(written["training"]) == set(Training.__dataclass_fields__)  # fully resolved


REFUSED = [
    ({"training": {"epochs": "many"}}, r"training.epochs of type int. Received: many\.$"),
    ({"training": {"epochs": 1.5}}, r"training.epochs of type int. Received: 1.5\.$"),
    ({"training": {"schedule": "x"}}, r"constant \| linear \| cosine\. Received: x"),
    ({"training": {"epochs": 0}}, r"training.epochs >= 1. Received: 0"),
    ({"training": {"seed": 2**32}}, r"training.seed >= 0 and < 4294967296. Received"),
    ({"training": {"beta_1": 1.0}}, r"training.beta_1 >= 0 and < 1. Received: 1.0"),
    ({"training": {"learning_rate": 0.0}}, r"training.learning_rate >= 1e-30. Received: 0.0"),
    ({"training": {"learning_rate": float("nan")}}, r"training.learning_rate >= 1e-30. Rec"),
    ({"training": {"learning_rate": {"generator": -1.0}}}, r"learning_rate >= 1e-30. Received"),
    ({"training": {"learning_rate": {"generator": "x"}}}, r"training.learning_rate of type .*"),
    ({"training": {"epoch": 1}}, r"Unknown option. Received: 'training.epoch'.*training.epochs,"),
    ({"model": {"name": "os.system"}}, r"Unknown variant. Received: 'os.system'. Known"),
    ({"model": {"name": ["dcgan"]}}, r"a name for model.name. Received: \['dcgan'\]. Give --model"),
    (
        {"model": {"name": None}},
        r"a name for model.name. Received: None. Give --model.name: .*dcgan",
    ),
    ({"model": {"class_path": "os.system"}}, r"Unknown option. Received: 'model.class_path'"),
    ({"model": {"generator": None}}, r"Unknown option. Received: 'model.generator'"),
    ({"model": {"image_shape": [8, 8, 1]}}, r"Unknown option. Received: 'model.image_shape'"),
    (
        {"model": {"regularizers": {"class_path": "os.system"}}},
        r"model.regularizers of type dict\[",
    ),
    ({"data": {"source": "digit"}}, r"Unknown data source. Received: 'digit'.*first: digits"),
    ({"data": {"source": 3}}, r"a name for data.source. Received: 3. Give --data: .*digits"),
]


@pytest.mark.parametrize("layer, message", REFUSED)
def test_a_wrong_value_is_refused_in_a_line(layer, message):
    with pytest.raises(InputError, match=message) as caught:
        parse([], [BARE, layer])
    assert "\n" not in str(caught.value)


FILES = [
    ("model: !!python/object/apply:os.system ['touch PWNED']", r"Expected YAML.*python/object"),
    ("model: {name: dcgan", r"Expected YAML. Received: .*expected ',' or '}'"),
    ("modle: {name: dcgan}", r"Unknown section. Received: 'modle'. Known, nearest first: model"),
    ("model: dcgan", r"Expected KEY: VALUE under model. Received: model='dcgan'"),
    ("- a list", r"Expected sections model, data, training, evaluation. Received"),
    ("", r"Expected sections model, data, training, evaluation. Received"),
    ("caf\xe9".encode("latin-1"), r"Expected a config file. Received: .*not UTF-8 text"),
]


@pytest.mark.parametrize("text, message", FILES)
def test_a_wrong_file_is_refused_in_a_line(tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError, match=message) as caught:
        read_sections(path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "PWNED").exists()


def test_a_command_line_value_runs_no_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    value = "!!python/object/apply:os.system ['touch PWNED']"
    with pytest.raises(InputError, match=r"Expected model.regularizers of type"):
        parse(["--model.regularizers", value], [BARE])
    with pytest.raises(InputError, match=r"Unknown option. Received: 'model'"):
        parse(["--model", "a.yaml"], [BARE])
    assert not (tmp_path / "PWNED").exists()


def test_an_empty_section_is_one_without_options(tmp_path):
    (tmp_path / "a.yaml").write_text("model: {name: dcgan}\ntraining:\n")
    assert read_sections(tmp_path / "a.yaml") == {"model": {"name": "dcgan"}, "training": {}}


def test_help_shows_each_option_with_type_default_and_description(capsys):
    config = parse([], [read_recipe("dcgan_digits")])
    print_help("dcgan_digits", [], [read_recipe("dcgan_digits")])
    text = " ".join(capsys.readouterr().out.split())
    for section, values in config.sections().items():
        for key in values:
            start = text.rindex(f"--{section}.{key} ")
            described = text[start : text.index("default: ", start)]
            assert "type: " in described, key
            assert len(described.split("(type")[0].split()) >= 4, described
    assert "kgan train dcgan_digits [--data SOURCE] [--config FILE] [--out DIR]" in text
    assert "--model CONFIG" not in text  # nothing that would read another file
    assert "(type: int | null, default: 32)" in text  # the recipe's width
    assert "half-life, in images read" in text  # from the base's docstring


@pytest.mark.parametrize("name", [*list_recipes(), *MODELS.entries()])
def test_every_recipe_and_variant_has_help(name, capsys):
    print_help(name, [], [read_recipe(name)])
    text = capsys.readouterr().out
    assert "--model.name" in text and "--training.epochs" in text
    assert "Literal[" not in text and "Optional[" not in text and "typing." not in text


def test_help_of_a_variant_needs_no_data(capsys):
    print_help("gan", [], [{"model": {"name": "gan"}}])
    text = capsys.readouterr().out
    assert "data: choose one to see more" in text
    assert "--model.width" in text


def test_help_of_a_recipe_for_own_pictures_shows_what_folders_take(capsys):
    print_help("dcgan_images", [], [read_recipe("dcgan_images")])
    text = " ".join(capsys.readouterr().out.split())
    assert "--data.channels" in text and "(type: int, default: 64)" in text
    assert "(type: 1 | 3 | 4 | null, default: null)" in text


def test_help_of_a_file_with_an_unknown_option_is_a_line():
    with pytest.raises(InputError, match=r"Unknown option. Received: 'data.sice'.*data.size"):
        print_help("x", [], [{**BARE, "data": {"source": "digits", "sice": 8}}])


@pytest.mark.parametrize(
    "source, option, value",
    [
        ("unpaired", "folders", "a,b"),
        ("images", "folder", "photos"),
        ("pairs", "folder", "photos"),
        ("tfds", "name", "mnist"),
    ],
)
def test_what_a_source_needs_may_stand_behind_it_or_in_an_option(source, option, value):
    data = parse([f"--data.source={source}", f"--data.{option}", value], [BARE]).data
    assert (data["source"], data[option]) == (source, value)
    data = parse([f"--data.source={source}:{value}"], [BARE]).data
    assert data["source"] == f"{source}:{value}" and option not in data


def test_an_abbreviation_leads_to_the_option():
    with pytest.raises(InputError, match=r"Received: 'lr'. Known, nearest first: training.learn"):
        parse(["--lr", "0.1"], [BARE])
    with pytest.raises(InputError, match=r"Received: 'training.bs'. .* first: training.batch_size"):
        parse(["--training.bs", "8"], [BARE])


def test_yaml_that_is_nested_too_deeply_is_one_line(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text("model: " + "[" * 5000)
    with pytest.raises(InputError, match=r"Expected YAML\. Received: .*nested too deeply"):
        read_sections(path)
