"""The server as an editor meets it: a process of its own, spoken to over stdin and stdout."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "programs" / "fractions" / "main.ped"
URI = PROGRAM.as_uri()
TEXT = PROGRAM.read_text(encoding="utf-8")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_lsp.fixture(
    config=ClientServerConfig([sys.executable, "-m", "pedalang", "lsp"],
                              server_env={**os.environ, "PYTHONPATH": str(ROOT)}),
    scope="module",
)
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def accept(params: types.RegistrationParams) -> None:
        assert [each.method for each in params.registrations] == [types.WORKSPACE_DID_CHANGE_WATCHED_FILES]

    await lsp_client.initialize_session(types.InitializeParams(
        capabilities=client_capabilities("visual-studio-code"),
        workspace_folders=[types.WorkspaceFolder((ROOT / "programs").as_uri(), "programs")]))
    yield
    await lsp_client.shutdown_session()


def _open(client: LanguageClient, text: str, uri: str = URI) -> None:
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "pedalang", 1, text)))


async def _told(client: LanguageClient, uri: str = URI) -> list[str]:
    """The codes of the diagnostics that come next for a document."""
    while True:
        await asyncio.wait_for(client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS), 20)
        if uri in client.diagnostics:
            return [str(each.code) for each in client.diagnostics[uri]]


def _after(text: str) -> types.Position:
    before = TEXT[:TEXT.index(text) + len(text)]
    return types.Position(before.count("\n"), len(before) - before.rfind("\n") - 1)


async def test_typing_a_mistake_and_mending_it(client: LanguageClient) -> None:
    _open(client, TEXT)
    assert await _told(client) == []
    place = _after("role ")
    end = types.Position(place.line, place.character + 1)
    wrong = types.TextDocumentContentChangePartial(types.Range(place, end), "?")
    right = types.TextDocumentContentChangePartial(types.Range(place, end), TEXT[TEXT.index("role ") + 5])
    for version, change in ((2, wrong), (3, right)):
        client.text_document_did_change(types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version, URI), [change]))
        assert bool(await _told(client)) == (change is wrong)


async def test_questions_about_a_name(client: LanguageClient) -> None:
    document, place = types.TextDocumentIdentifier(URI), _after("cast teacher: Tu")
    hover = await client.text_document_hover_async(types.HoverParams(document, place))
    assert hover is not None and "role Tutor" in str(hover.contents)
    definition = await client.text_document_definition_async(types.DefinitionParams(document, place))
    assert isinstance(definition, types.Location) and definition.range.start == _before("Tutor", "role ")
    found = await client.text_document_completion_async(types.CompletionParams(document, _after("\nflow ")))
    assert isinstance(found, types.CompletionList)


def _before(word: str, prefix: str) -> types.Position:
    place = _after(prefix + word)
    return types.Position(place.line, place.character - len(word))


async def test_every_feature_answers(client: LanguageClient) -> None:
    document, place = types.TextDocumentIdentifier(URI), _after("cast teacher: Tu")
    whole = types.Range(types.Position(0, 0), types.Position(TEXT.count("\n"), 0))
    references = await client.text_document_references_async(
        types.ReferenceParams(types.ReferenceContext(True), document, place))
    assert references is not None and len(references) >= 2
    highlights = await client.text_document_document_highlight_async(types.DocumentHighlightParams(document, place))
    assert highlights is not None and len(highlights) == sum(each.uri == URI for each in references)
    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(document))
    assert symbols and any(each.name == "Tutor" for each in symbols)
    found = await client.workspace_symbol_async(types.WorkspaceSymbolParams("Tutor"))
    assert found and {"Tutor"} <= {each.name for each in found}
    colours = await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(document))
    assert colours is not None and len(colours.data) > 500
    assert await client.text_document_folding_range_async(types.FoldingRangeParams(document))
    hints = await client.text_document_inlay_hint_async(types.InlayHintParams(document, whole))
    assert hints and str(hints[0].label).startswith("≈ ")
    assert not await client.text_document_formatting_async(
        types.DocumentFormattingParams(document, types.FormattingOptions(2, True)))
    assert not await client.text_document_code_action_async(
        types.CodeActionParams(document, whole, types.CodeActionContext([])))


async def test_renaming_or_why_not(client: LanguageClient) -> None:
    document, place = types.TextDocumentIdentifier(URI), _after("cast teacher: Tu")
    named = await client.text_document_prepare_rename_async(types.PrepareRenameParams(document, place))
    assert isinstance(named, types.PrepareRenamePlaceholder) and named.placeholder == "Tutor"
    edit = await client.text_document_rename_async(types.RenameParams(document, place, "Guide"))
    beside = URI.replace("main.ped", "choosing.ped")
    assert edit is not None and edit.changes is not None and set(edit.changes) == {URI, beside}
    with pytest.raises(JsonRpcException, match="is no name"):
        await client.text_document_rename_async(types.RenameParams(document, place, "a b"))


async def test_a_file_that_is_not_there_is_no_matter(client: LanguageClient) -> None:
    unknown = types.TextDocumentIdentifier("file:///nowhere/at/all.ped")
    assert await client.text_document_hover_async(types.HoverParams(unknown, types.Position(3, 4))) is None


async def test_what_is_closed_has_no_diagnostics(client: LanguageClient) -> None:
    uri = "untitled:Untitled-1"
    _open(client, "role", uri)
    assert await _told(client, uri) == ["PED0106"]
    client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    assert await _told(client, uri) == []


async def test_without_its_library_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['pygls'] = None; from pedalang.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "lsp"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "error[PED1430]" in done.stderr and "pip install 'pedalang[lsp]'" in done.stderr
