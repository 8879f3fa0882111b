from tutelage.corpora.formats.xml.elements import escaped, with_attributes


def test_attributes_are_set_in_place_added_and_taken_away():
    assert with_attributes("<t a='1'  b=\"2\">", a="x") == '<t a="x"  b="2">'
    assert with_attributes('<t a="1" />', b='"&"') == '<t a="1" b="&quot;&amp;&quot;" />'
    assert with_attributes('<t a="1" b="2">', a=None) == '<t b="2">'
    assert with_attributes("<t>", xml_lang="pt") == '<t xml:lang="pt">'


def test_what_xml_cannot_write_is_left_out():
    assert escaped("a\0\x0b<b> & c\r\n") == "a&lt;b&gt; &amp; c&#13;\n"
