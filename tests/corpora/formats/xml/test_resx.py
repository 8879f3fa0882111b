import pytest

from tutelage.core.errors import CorpusError

RESX = """\ufeff<?xml version="1.0" encoding="utf-8"?>
<root>
  <!-- Microsoft ResX Schema -->
  <resheader name="version">
    <value>2.0</value>
  </resheader>
  <data name="Save" xml:space="preserve">
    <value>Save {0} &amp; close</value>
    <comment>A button</comment>
  </data>
  <data name="Logo" type="System.Drawing.Bitmap"><value>logo.png</value></data>
  <data name="&gt;&gt;button.Name" xml:space="preserve"><value>button</value></data>
  <data name="$this.Size" xml:space="preserve"><value>1, 2</value></data>
  <data name="Open" xml:space="preserve"><value>Open</value></data>
  <data name="Empty" xml:space="preserve"><value /></data>
</root>
""".replace("\n", "\r\n")
TARGET = """<root>
  <data name="Open" xml:space="preserve">
    <value>Abrir</value>
  </data>
  <data name="Old"><value>Velho</value></data>
</root>
"""


def test_nothing_changes_if_nothing_is_filled(files):
    assert files.stays(files.put("a.resx", RESX))


def test_texts_are_replaced_and_all_else_stays(files):
    path = files.put("a.resx", RESX)
    filled = files.fill(path, {"Save {0} & close": "Salve {0} <e> feche\nisso", "Open": "Abrir"})
    expected = RESX.replace("Save {0} &amp; close", "Salve {0} &lt;e&gt; feche\r\nisso").replace(
        "<value>Open</value>", "<value>Abrir</value>"
    )
    assert filled == expected
    unit = files.units(path, target="")[0]
    assert (unit.key, unit.source, unit.notes) == ("Save", "Save {0} & close", ("A button",))


def test_pairs_need_the_source_languages_file(files):
    source, target = files.put("a.resx", RESX), files.put("a.pt.resx", TARGET)
    with pytest.raises(CorpusError, match="source_file"):
        files.units(target)
    assert files.pairs(target, source_file=str(source)) == [("Open", "Abrir")]


def test_what_the_target_lacks_is_put_at_its_end(files):
    source, target = files.put("a.resx", RESX), files.put("a.pt.resx", TARGET)
    filled = files.fill(target, source_file=str(source))
    new = """  <data name="Save" xml:space="preserve">
    <value>[Save {0} & close]</value>
    <comment>A button</comment>
  </data>
</root>""".replace(" & ", " &amp; ")
    assert filled == TARGET.replace("</root>", new)


def test_another_root_is_told(files):
    with pytest.raises(CorpusError, match=r"this is not a \.resx file of \.NET"):
        files.fill(files.put("a.resx", "<resources/>"))


def test_the_title_of_a_form_is_a_text_and_its_settings_are_none(files):
    entries = {"$this.Text": "Options", "$this.Language": "en", "ok.Text": "OK, go", ">>ok.Name": "ok"}
    body = "".join(
        f'<data name="{name.replace(">", "&gt;")}" xml:space="preserve"><value>{text}</value></data>\n'
        for name, text in entries.items()
    )
    path = files.put("Form.resx", f"<root>\n{body}</root>\n")
    assert [unit.source for unit in files.units(path, target="")] == ["Options", "OK, go"]
