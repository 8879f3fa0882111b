import pytest

from tutelage.corpora.leakage import LeakageCounts, LeakageIndex, LeakageSettings, drop_leaking, find_leakage

TEST = [
    ("t1", "The selected file could not be opened for writing."),
    ("t2", "Save"),
    ("t3", "Version 3 of the program is out."),
]


def test_exact_ignores_case_space_and_punctuation_but_not_digits():
    train = [("a", "the selected FILE could  not be opened for writing!"), ("b", "Version 4")]
    report = find_leakage(train, TEST)
    assert (report.exact, report.near, report.n_train, report.n_test, report.touched_test) == (1, 0, 2, 3, 1)
    assert (report.examples[0].train_id, report.examples[0].test_id) == ("a", "t1")


def test_near_is_the_share_of_runs_of_the_shorter_segment():
    # t1 has 9 words, so 6 runs of four; the first seven words share 4 runs, all 4 of the shorter text's.
    leak = LeakageIndex.of(TEST).find("a", "the selected file could not be opened")
    assert (leak.kind, leak.test_id, leak.overlap) == ("near", "t1", 1.0)
    # Six shared words are 3 runs of 6: half, under the floor of 0.6 and over one of 0.5.
    half = "the selected file could not be seen today at all"
    assert LeakageIndex.of(TEST).find("a", half) is None
    leak = LeakageIndex.of(TEST, settings=LeakageSettings(min_overlap=0.5)).find("a", half)
    assert leak.overlap == 0.5


def test_short_segments_leak_only_exactly_and_can_be_let_through():
    assert LeakageIndex.of(TEST).find("a", "Save!").kind == "exact"
    assert LeakageIndex.of(TEST).find("a", "Save as") is None
    assert LeakageIndex.of(TEST, settings=LeakageSettings(min_words=2)).find("a", "save") is None


def test_languages_without_spaces_are_compared_by_character():
    index = LeakageIndex.of([("t", "无法打开所选文件进行写入")])
    assert index.find("a", "无法打开所选文件").kind == "near"
    assert index.find("a", "请选择其他的目录名称") is None


def test_drop_leaking_keeps_the_clean_and_counts_the_rest():
    counts, leaks = LeakageCounts(), []
    items = [("a", "Save"), ("b", "Nothing of the kind"), ("c", "selected file could not be opened for reading")]
    kept = list(
        drop_leaking(items, LeakageIndex.of(TEST), text_of=lambda item: item, counts=counts, leaked=leaks.append)
    )
    assert kept == [("b", "Nothing of the kind")]
    assert (counts.read, counts.exact, counts.near) == (3, 1, 1)
    assert [leak.train_id for leak in leaks] == ["a", "c"]


SHORT = [("t1", "Restart kernel"), ("t2", "Open the file browser"), ("t3", "Café größer"), ("t4", "Version 1.2")]
DISGUISES = [
    "Restart\u00ad kernel", "Re\u00adstart ker\u00adnel", "Restart\u200b kernel", "Restart\u200bkernel",
    "\ufeffRestart kernel",
    "RESTART KERNEL", "Restart   kernel…", "Re-start kernel", "RestartKernel", "Restart_kernel", "_Restart kernel",
    "\uff32\uff45\uff53\uff54\uff41\uff52\uff54 kernel", "Restart kernel (%s)"[:14] + ".", "Re\u2060start\u00a0kernel",
    "Open the\u200dfile browser", "open the “file browser”", "Open thefile browser", "Cafe\u0301 GR\u00d6SSER",
    "Café gro\u0308ßer",
]  # fmt: skip


@pytest.mark.parametrize("text", DISGUISES)
def test_what_looks_the_same_is_exact_also_under_five_words(text):
    leak = LeakageIndex.of(SHORT).find("a", text)
    assert leak is not None and leak.kind == "exact"


@pytest.mark.parametrize("count", range(2, 31))
def test_a_word_that_is_added_anywhere_hides_no_segment(count):
    words = [f"word{chr(97 + place)}" for place in range(count)]
    index = LeakageIndex.of([("t", " ".join(words))])
    for place in range(count + 1):
        for added in ("please", words[0]):
            leak = index.find("a", " ".join([*words[:place], added, *words[place:]]))
            assert leak is not None and leak.kind == "near"
    if count > 4:
        assert all(index.find("a", " ".join(words[:place] + words[place + 1 :])) for place in range(count))


@pytest.mark.parametrize(
    ("test", "train"),
    [
        ("Save", "Save as"), ("Open", "Open file"), ("Save as", "Save as draft"),
        ("Decrease text size", "Decrease size"),
        ("From bibliography database", "From database"), ("Restart kernel", "Restart the other kernel"),
        ("Restart kernel", "Kernel restart now"), ("Restart kernel", "Restart server now"),
        ("Version 1.2", "Version 12"),
        ("Correlations", "Correlation (%s)"), ("Open the file", "Close the file"), ("文件", "新文件"), ("...", "…"),
    ],
)  # fmt: skip
def test_short_strings_that_are_only_alike_do_not_leak(test, train):
    assert LeakageIndex.of([("t", test)]).find("a", train) is None


def test_one_word_more_can_be_let_through():
    settings = LeakageSettings(min_shared_letters=None)
    assert LeakageIndex.of(SHORT, settings=settings).find("a", "Restart kernel now") is None
    assert LeakageIndex.of(SHORT).find("a", "Restart kernel now").overlap == pytest.approx(2 / 3)
