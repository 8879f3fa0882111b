import pytest
import torch

from tiny_gguf import write_tiny_gguf
from tiny_students import EN_PT, make_tiny_causal, sentences
from tutelage.core.errors import StudentError
from tutelage.students.loading import load_student, locate_student
from tutelage.students.student_folder import student_signature


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return make_tiny_causal(tmp_path_factory.mktemp("causal"))


@pytest.fixture(scope="module")
def file(student, tmp_path_factory):
    """The tiny student as a GGUF file."""
    return write_tiny_gguf(student, tmp_path_factory.mktemp("gguf") / "tiny.gguf")


def test_a_gguf_file_gives_the_same_student(student, file, capfd):
    found = load_student(str(file), direction=EN_PT)
    assert capfd.readouterr() == ("", "")
    texts = sentences(5, seed=4)
    assert found.encode_sources(texts, max_tokens=99) == student.encode_sources(texts, max_tokens=99)
    assert found.encode_targets(texts, max_tokens=99) == student.encode_targets(texts, max_tokens=99)
    ids = torch.tensor(student.encode_sources(texts[:1], max_tokens=99))
    with torch.no_grad():
        torch.testing.assert_close(found.model(ids).logits, student.model(ids).logits, atol=1e-4, rtol=1e-4)


def test_it_is_dequantised_once_for_its_content(file, tmp_path):
    folder = locate_student(str(file))
    made = (folder / "model.safetensors").stat().st_mtime_ns
    copy = tmp_path / "other.gguf"
    copy.write_bytes(file.read_bytes())
    assert locate_student(str(copy)) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == made
    assert student_signature(folder) == student_signature(locate_student(str(copy)))
    assert not list(folder.parent.glob("*.new"))


def test_a_torn_file_is_refused_and_leaves_nothing(file, tmp_path):
    torn = tmp_path / "torn.gguf"
    torn.write_bytes(file.read_bytes()[:3000])
    with pytest.raises(StudentError, match=r"the GGUF file cannot be read as a student"):
        locate_student(str(torn))
    assert not list(locate_student(str(file)).parent.glob("*.new"))
