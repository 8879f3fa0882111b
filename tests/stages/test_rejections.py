"""Why nothing is left, in the words of what was dropped."""

from tutelage.core.records import Rejection
from tutelage.stages.rejections import tell_rejections


def test_the_most_frequent_reasons_are_told_with_the_text_of_one():
    refused = [Rejection(str(number), "feedback", "refused_by_server", raw="no such model ") for number in range(7)]
    filtered = [Rejection(str(number), "examples", "too_long") for number in range(2)]
    told = tell_rejections(filtered, refused)
    assert told == (
        " Dropped: 7 refused_by_server (in feedback), 2 too_long (in examples). One refused_by_server: no such model"
    )
    assert tell_rejections([], []) == ""
