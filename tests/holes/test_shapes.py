"""Shape lists: what they say is what is drawn, and what they say wrongly is named."""

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest

from stranet.errors import HoleError
from stranet.types import Size
from stranet.video.hole_shapes import Shape, ShapeList, draw, parse_time

SIZE = Size(40, 30)


def load(tmp_path, text: str, suffix: str = ".toml") -> ShapeList:
    path = tmp_path / f"list{suffix}"
    path.write_text(text)
    return ShapeList.load(path)


def box_text(**keys) -> str:
    entries = {"x": 1, "y": 2, "width": 3, "height": 4} | keys
    return "[[box]]\n" + "\n".join(f"{key} = {value}" for key, value in entries.items())


def test_the_example_of_the_documentation_loads(tmp_path):
    import textwrap

    from stranet.video import hole_shapes

    example = hole_shapes.__doc__.split("toml\n", 1)[1].split("The JSON form")[0]
    shapes = load(tmp_path, textwrap.dedent(example))
    assert shapes.size == (1920, 1080)
    logo, corner, polygon = shapes.shapes
    assert (logo.start, logo.end_frame) == (None, None)
    assert (corner.start_frame, corner.end_frame) == (12, 30)
    assert (polygon.start, polygon.end) == (Fraction(3, 2), 4)


def test_toml_and_json_say_the_same(tmp_path):
    toml = load(tmp_path, 'size = [80, 60]\n[[polygon]]\npoints = [[0, 0], [9.5, 0], [0, 7]]\nstart = "1:02.5"')
    table = {"size": [80, 60], "polygon": [{"points": [[0, 0], [9.5, 0], [0, 7]], "start": "1:02.5"}]}
    assert load(tmp_path, json.dumps(table), ".json") == toml


def test_a_box_is_its_pixels(tmp_path):
    shapes = load(tmp_path, box_text(x=5, y=3, width=10, height=7)).shapes
    expected = np.zeros((30, 40), bool)
    expected[3:10, 5:15] = True
    assert np.array_equal(draw(shapes, SIZE), expected)


def test_a_box_is_cut_off_at_the_frame(tmp_path):
    shapes = load(tmp_path, box_text(x=-10, y=20, width=25, height=100)).shapes
    expected = np.zeros((30, 40), bool)
    expected[20:, :15] = True
    assert np.array_equal(draw(shapes, SIZE), expected)


@pytest.mark.parametrize("seed", range(6))
def test_a_polygon_holds_the_pixels_whose_centre_it_holds(seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-10, 50, (5, 2))
    center = points.mean(0)
    order = np.argsort(np.arctan2(*(points - center).T[::-1]))  # around the centre: no edges cross
    points = points[order].astype(np.float32)
    expected = [[cv2.pointPolygonTest(points, (x + 0.5, y + 0.5), False) > 0 for x in range(40)] for y in range(30)]
    assert np.array_equal(draw([Shape(tuple(map(tuple, points)))], SIZE), expected)


def test_scaling_corners_scales_the_drawing():
    triangle = Shape(((1, 1), (18, 4), (6, 14)))
    double = Shape(tuple((2 * x, 2 * y) for x, y in triangle.points))
    assert np.array_equal(draw([triangle], SIZE, scale=(2, 2)), draw([double], SIZE))


def test_shapes_add_up():
    one, other = Shape(((0, 0), (9, 0), (9, 9), (0, 9))), Shape(((5, 5), (20, 5), (20, 20), (5, 20)))
    assert np.array_equal(draw([one, other], SIZE), draw([one], SIZE) | draw([other], SIZE))


def test_times_are_exact_and_their_end_is_exclusive(tmp_path):
    (shape,) = load(tmp_path, box_text(start=0.1, end=0.3)).shapes
    thirtieths = [index for index in range(15) if shape.active(index, Fraction(index, 30))]
    assert thirtieths == [3, 4, 5, 6, 7, 8]


def test_frames_count_from_zero_and_their_end_is_exclusive(tmp_path):
    (shape,) = load(tmp_path, box_text(start_frame=2, end_frame=4)).shapes
    assert [index for index in range(9) if shape.active(index, Fraction(0))] == [2, 3]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(2, 2), ("2.5", Fraction(5, 2)), ("1:30", 90), ("0:01.5", Fraction(3, 2)), ("1:02:03.25", Fraction(14893, 4))],
)
def test_parse_time(value, seconds):
    assert parse_time(value) == seconds


@pytest.mark.parametrize("value", ["", "-1", "1:70:00", "a", "1:2:3:4", True, None, [1]])
def test_what_is_no_time_is_refused(value):
    with pytest.raises(HoleError, match="is no time"):
        parse_time(value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[bxo]]\nx = 1", "unknown key 'bxo' in the top level; did you mean 'box'"),
        (box_text(widht=3), "box 1: unknown key 'widht' in a box; did you mean 'width'"),
        (box_text(start_fram=3), "did you mean 'start_frame'"),
        ("[[box]]\nx = 1\ny = 2\nwidth = 3", "box 1: a box needs height"),
        (box_text(width=0), "width and height are 0 and 4"),
        (box_text(x='"1"'), "must be 4 numbers"),
        (box_text(x="true"), "must be 4 numbers"),
        (box_text(x="nan"), "must be 4 numbers"),
        (box_text(start='"soon"'), "box 1: 'soon' is no time"),
        (box_text(start="inf"), "is no time"),
        (box_text(start=3, end=2), "end .* must come after start"),
        (box_text(start_frame=3, end_frame=3), "end_frame .* must come after start_frame"),
        (box_text(start_frame=-1), "start_frame is -1"),
        ("[[polygon]]\npoints = [[0, 0], [1, 1]]", "at least three"),
        ("[[polygon]]\npoints = [[0, 0], [1, 1], [2]]", "a point must be 2 numbers"),
        ("box = 3", "must be a list of tables"),
        ("size = [0, 5]\n" + box_text(), "whole pixels"),
        ("size = [10]\n" + box_text(), "size must be 2 numbers"),
        ("", "no box and no polygon"),
        ("[[box", "cannot be read as a list of shapes"),
    ],
)
def test_every_mistake_is_named(tmp_path, text, message):
    with pytest.raises(HoleError, match=message) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(str(tmp_path / "list.toml"))


@pytest.mark.parametrize("text", ["[]", "3", "{"])
def test_json_that_is_no_table(tmp_path, text):
    with pytest.raises(HoleError):
        load(tmp_path, text, ".json")
