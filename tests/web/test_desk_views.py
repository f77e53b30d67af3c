"""Views of the desk: placement to one scale, Markdown of others, work one after the other."""

from __future__ import annotations

import pytest

from labs.verify.placement_map import FARGATE, MappedInstance, PlacedTask, PlacementMap
from labs.web.desk.placement_view import Box, pictures
from labs.web.desk.worker import Worker
from labs.web.texts import line, money, prose


def host(name: str, memory: int, *tasks: int, kind: str = "t3.medium") -> MappedInstance:
    placed = [PlacedTask(f"t{number}", "web", "RUNNING", 256, size) for number, size in enumerate(tasks)]
    return MappedInstance(name, kind, "eu-west-1a", 2048, memory, placed)


def boxes(*hosts: MappedInstance) -> dict[str, Box]:
    [picture] = pictures([PlacementMap("labs", hosts)])
    return {box.id: box for _, zone in picture.zones for box in zone}


def test_every_instance_has_the_same_scale() -> None:
    """A MiB is as high in a large instance as in a small one, and tasks stand on the floor."""
    found = boxes(host("small", 2000, 500), host("large", 4000, 500, 1000))
    small, large = found["small"].blocks, found["large"].blocks
    assert small[0].height == pytest.approx(large[0].height)
    assert large[1].height == pytest.approx(2 * large[0].height)
    assert small[0].y + small[0].height == pytest.approx(found["small"].height, abs=1)
    assert found["large"].label == "large: web 500 MiB, web 1,000 MiB. 1,500 of 4,000 MiB reserved"


def test_fargate_has_no_size_of_its_own() -> None:
    [box] = boxes(host(FARGATE, 0, 512, 512, kind=FARGATE)).values()
    assert box.used == "1,024 MiB reserved"
    assert (box.free, box.type) == ("", "")


def test_a_cluster_without_hosts_has_no_picture() -> None:
    assert pictures([PlacementMap("labs", ())]) == []


def test_markdown_of_others_holds_nothing_that_acts() -> None:
    text = prose("<script>x</script> [a](javascript:alert(1)) ![map](https://x.example/a.png) ![b](data:x)")
    assert "<script" not in text
    assert "<img" not in text
    assert 'href="javascript' not in text
    assert '<a href="https://x.example/a.png" rel="noreferrer">map (image)</a>' in text


def test_code_can_be_copied_and_headings_stand_below_the_cards() -> None:
    text = prose("## Build\n\n```sh\naws <x>\n```\n")
    assert "<h3>Build</h3>" in text
    assert '<pre tabindex="0">aws &lt;x&gt;</pre><button type="button" data-copy>' in text
    assert line("`a` **b**\n\n* c") == "<code>a</code> <strong>b</strong> * c"


def test_code_breaks_between_words_and_only_a_long_word_breaks_inside() -> None:
    whole, long = "put-image <x>", "public.ecr.aws/docker/library/nginx"
    assert line(f"`{whole}`") == '<code><span class="w">put-image</span> &lt;x&gt;</code>'
    assert line(f"`{long}`") == "<code>public.ecr.aws/<wbr>docker/<wbr>library/<wbr>nginx</code>"


def test_small_amounts_are_not_called_free() -> None:
    assert [money(each) for each in (0, 0.001, 0.09)] == ["$0.00", "$0.0010", "$0.09"]


def test_work_is_done_in_its_time_and_order() -> None:
    now, done = [0.0], list[str]()
    worker = Worker(lambda: now[0])
    worker.submit(lambda: done.append("later"), 5)
    worker.submit(lambda: done.append("first"))
    worker.submit(lambda: done.append("second"))
    assert worker.run_due() == 5
    assert done == ["first", "second"]
    now[0] = 5
    assert worker.run_due() is None
    assert done == ["first", "second", "later"]
