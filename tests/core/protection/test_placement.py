"""Where tags go in a translation, on alignments made by hand."""

from tutelage.core.protection.masks import LETTERS, TOKENS
from tutelage.core.protection.placement import Placing, TagPlace, Words, place_tags, words_of
from tutelage.core.protection.spans import ALL
from tutelage.core.protection.tags import put_tags, split_blocks, take_tags
from tutelage.core.protocols import Alignment


def words(text):
    return words_of(text).spans


def aligned(source, target, links, *, sure=0.9):
    """Each word of the target looks at the words of the source that its row names, `sure` of all it looks."""
    size = len(words(source))
    rows = []
    for places in links:
        rest = (1 - sure) / (size - len(places)) if size > len(places) else 0.0
        rows.append([sure / len(places) if place in places else rest for place in range(size)])
    assert len(rows) == len(words(target))
    return Alignment(words(source), words(target), rows)


def moved(text, target, links, *, sure=0.9, form=LETTERS, with_masks=True):
    tagged = take_tags(text, form, ALL, with_masks=with_masks)
    return put_tags(target, tagged, aligned(tagged.text, target, links, sure=sure))


def test_tags_go_with_their_words():
    text = "Open the <b>red file</b> now."
    assert moved(text, "Abra o ficheiro vermelho agora.", [[0], [1], [3], [2], [4]]) == (
        "Abra o <b>ficheiro vermelho</b> agora."
    )
    assert moved(text, "Agora abra o ficheiro vermelho.", [[4], [0], [1], [3], [2]]) == (
        "Agora abra o <b>ficheiro vermelho</b>."
    )


def test_pairs_may_change_places():
    text = "<i>Red</i> <b>file</b>"
    assert moved(text, "Ficheiro vermelho", [[1], [0]]) == "<b>Ficheiro</b> <i>vermelho</i>"
    text = "<0>Red</0> <1>file</1>"
    assert moved(text, "Ficheiro vermelho", [[1], [0]]) == "<1>Ficheiro</1> <0>vermelho</0>"


def test_pairs_of_one_name_may_change_places():
    text = '<a href="1">Red</a> <a href="2">file</a>'
    assert moved(text, "Ficheiro vermelho", [[1], [0]]) == '<a href="2">Ficheiro</a> <a href="1">vermelho</a>'


def test_inner_pairs_stay_within_outer_ones():
    text = "See <a>the <b>red</b> file</a> here"
    assert moved(text, "Aqui veja o ficheiro vermelho", [[4], [0], [1], [3], [2]]) == (
        "Aqui veja <a>o ficheiro <b>vermelho</b></a>"
    )
    text = "See <a><b>the file</b></a> here"
    assert moved(text, "Veja o ficheiro aqui", [[0], [1], [2], [3]]) == "Veja <a><b>o ficheiro</b></a> aqui"
    text = "<p>See <b>it</b></p>"
    assert moved(text, "O veja", [[1], [0]]) == "<p><b>O</b> veja</p>"


def test_a_stretch_is_whole_though_a_word_in_it_looks_elsewhere():
    text = "The <b>new big file</b> opens now"
    assert moved(text, "O novo e grande ficheiro abre agora", [[0], [1], [4], [2], [3], [4], [5]]) == (
        "O <b>novo e grande ficheiro</b> abre agora"
    )


def test_neighbours_do_not_overlap():
    text = "<b>One file</b><i>two windows</i>"
    assert take_tags(text, LETTERS, ALL, with_masks=True).text == "One file two windows"
    assert moved(text, "Um ficheiro duas janelas", [[0], [1], [2], [3]]) == "<b>Um ficheiro</b><i>duas janelas</i>"
    assert moved(text, "Duas janelas um ficheiro", [[2], [3], [0], [1]]) == "<i>Duas janelas</i> <b>um ficheiro</b>"


def test_signs_at_the_edges_stay_inside_or_outside():
    links = [[0], [1]]
    assert moved("<b>Note:</b> files", "Nota: ficheiros", links) == "<b>Nota:</b> ficheiros"
    assert moved("<b>Note</b>: files", "Nota: ficheiros", links) == "<b>Nota</b>: ficheiros"
    assert moved('See <b>"files"</b>.', "Veja «ficheiros».", links) == "Veja <b>«ficheiros»</b>."
    assert moved('See "<b>files</b>".', "Veja «ficheiros».", links) == "Veja «<b>ficheiros</b>»."
    assert moved("(See <b>files</b>)", "(Veja ficheiros)", links) == "(Veja <b>ficheiros</b>)"
    assert moved("<b>See files.</b>", "Veja ficheiros.", links) == "<b>Veja ficheiros.</b>"
    assert moved("(<b>See files</b>)", "(Veja ficheiros)", links) == "(<b>Veja ficheiros</b>)"


def test_tags_around_all_words_need_no_alignment():
    for text in ("<b>Account</b>", "<p><b>Open</b></p>", "<a><b>{n} files</b></a>", "(<b>Note</b>)"):
        tagged = take_tags(text, LETTERS, ALL, with_masks=True)
        assert not tagged.needs_alignment
        assert put_tags(tagged.text, tagged, None) == text
    tagged = take_tags("<b>Open</b> it", LETTERS, ALL, with_masks=True)
    assert tagged.needs_alignment and put_tags("Abra", tagged, None) is None


def test_breaks_stand_where_the_words_part():
    links = [[0], [1], [2], [3]]
    for written in ("it<br>open", "it<br/> open", "it <br> open", "it <br/>open", "it<br><br>open"):
        text = f"<b>Save</b> {written} files"
        assert moved(text, "Guarde isto abra ficheiros", links) == (
            f"<b>Guarde</b> {written.replace('it', 'isto').replace('open', 'abra')} ficheiros"
        )


def test_a_break_whose_sides_are_mixed_is_not_placed():
    text = "<b>Save</b> it<br>open files"
    assert moved(text, "Ficheiros guarde abra isto", [[3], [0], [2], [1]]) is None


def test_what_the_student_does_not_look_at_is_not_sure():
    text = "Open the <b>file</b> now"
    assert moved(text, "Abra o ficheiro agora", [[0, 1, 2, 3]] * 4, sure=1.0) is None
    assert moved(text, "Abra agora", [[0], [3]]) is None, "nothing stands for what the pair holds"
    assert moved(text, "", []) is None


def test_tags_and_masks_are_put_back_together():
    text = "Delete <b>{name} file</b> of <i>%s</i> now"
    tagged = take_tags(text, TOKENS, ALL, with_masks=True)
    assert tagged.text == "Delete ⟦1⟧ file of ⟦2⟧ now", "tags that hold no words keep their mask"
    target = "Apague agora ficheiro ⟦1⟧ de ⟦2⟧"
    links = [[0], [5], [2], [1], [3], [4]]
    assert moved(text, target, links, form=TOKENS) == "Apague agora <b>ficheiro {name}</b> de <i>%s</i>"
    assert moved(text, target.replace("⟦2⟧", "nada"), links, form=TOKENS) is None, "a mask is lost"


def test_links_of_markdown_are_tags():
    text = "See [the pages](https://a.org) here"
    assert moved(text, "Aqui veja as folhas", [[3], [0], [1], [2]]) == "Aqui veja [as folhas](https://a.org)"


def test_texts_without_spaces_are_placed_by_characters():
    text = "点击<b>保存</b>按钮"
    tagged = take_tags(text, LETTERS, ALL, with_masks=True)
    assert tagged.text == "点击保存按钮"
    links = [[0, 1], [4, 5], [2, 3]]
    assert put_tags("Clique botão salvar", tagged, aligned(tagged.text, "Clique botão salvar", links)) == (
        "Clique botão <b>salvar</b>"
    )


def test_tags_that_are_not_moved():
    def taken(text):
        return take_tags(text, LETTERS, ALL, with_masks=True)

    assert taken("no tags") is None
    assert taken("Save <b>%s</b> now") is None, "no words"
    assert taken("Save <b></b> now") is None, "an empty pair"
    assert taken("Line <x/> one<br/>two") is None, "no pair"
    assert taken("<b>F</b>ile of <i>it</i>") is None, "a tag in a word"
    assert taken("<b>Save <i>it</b> now</i>") is None, "crossing tags"
    assert taken("Save <b>it") is None, "never closed"
    assert taken("Save <b>it</b> \U000f0000") is None, "a sign of ours"
    assert taken("Save <count> <b>files</b> <x/>").text == "Save X1X files X2X", "what may stand for a word stays one"


def test_tags_that_end_sentences_part_a_text():
    assert split_blocks("<ul><li>One <b>file</b></li></ul>", ALL) == [
        ("", "<ul>"), ("", "<li>"), ("One <b>file</b>", "</li>"), ("", "</ul>"), ("", ""),
    ]  # fmt: skip
    assert split_blocks("One line<br>of two", ALL) == [("One line<br>of two", "")]
    assert split_blocks("<b>One.</b><br> two<br/>Three", ALL) == [
        ("<b>One.</b>", "<br>"),
        (" two", "<br/>"),
        ("Three", ""),
    ]


def test_a_page_of_line_breaks_is_parted_in_reasonable_work():
    page = "<b>One</b> word <br>" * 5000
    parts = split_blocks(page, ALL)
    assert len(parts) == 5001 and "".join(map("".join, parts)) == page


def test_a_threshold_and_a_least_surety_can_be_given():
    source, target = words_of("Open file"), Words("Abra ficheiro", words("Abra ficheiro"), ((0.6, 0.4), (0.4, 0.6)))
    places = [TagPlace(5, 1), TagPlace(9, 0)]
    assert [one.start for one in place_tags(source, target, places)] == [5, 13]
    assert place_tags(source, target, places, Placing(least=0.7)) is None
    assert place_tags(source, target, places, Placing(threshold=0.7)) is None
