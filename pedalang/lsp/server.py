"""The server: what the client sends goes to the features, what they find goes back. pygls is met here alone.

What is typed is checked when typing pauses; requests are answered from the text as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from pedalang.lsp import (
    actions,
    completion,
    definition,
    diagnostics,
    folding,
    formatting,
    hints,
    hover,
    outline,
    references,
    rename,
    tokens,
)
from pedalang.lsp.documents import Document, path_of
from pedalang.lsp.workspace import Workspace

PAUSE = 0.03
"""Seconds without a change after which a text is checked."""


class _Typing:
    """What is to be checked when typing pauses. At most one check is waiting."""

    def __init__(self, server: LanguageServer, workspace: Workspace) -> None:
        self._server = server
        self._workspace = workspace
        self._waiting: asyncio.TimerHandle | None = None
        self._sent: dict[str, tuple[Document, list[types.Diagnostic]]] = {}

    def later(self) -> None:
        """Checks when there is a pause."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = asyncio.get_running_loop().call_later(PAUSE, self.now)

    def now(self) -> None:
        """Checks what is open, and tells what is new of it."""
        self._waiting = None
        for document in self._workspace.documents.opened:
            known = self._sent.get(document.uri)
            found = diagnostics.published(self._workspace, document)
            if known is None or known[0] is not document or known[1] != found:
                self._sent[document.uri] = (document, found)
                self._tell(document.uri, found)

    def gone(self, uri: str) -> None:
        """A document was closed: nothing is said of it any more."""
        self._sent.pop(uri, None)
        self._tell(uri, [])

    def _tell(self, uri: str, found: list[types.Diagnostic]) -> None:
        self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))


def create() -> LanguageServer:
    """A server that knows no workspace yet: the client says which."""
    server = LanguageServer("pedalang", _version())
    workspace = Workspace()
    typing = _Typing(server, workspace)
    _lifecycle(server, workspace, typing)
    _documents(server, workspace, typing)
    _questions(server, workspace)
    return server


def _version() -> str:
    try:
        return version("pedalang")
    except PackageNotFoundError:
        return "0"


def _lifecycle(server: LanguageServer, workspace: Workspace, typing: _Typing) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        encoding = types.PositionEncodingKind(server.workspace.position_encoding or "utf-16")
        workspace.documents.encoding = encoding.value
        workspace.shows_pictures = _shows_pictures(params)
        addresses = [each.uri for each in params.workspace_folders or ()] or [params.root_uri or ""]
        workspace.folders = [path.resolve() for uri in addresses if (path := path_of(uri)) is not None]

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        """Asks to be told of files that change outside the editor; a client that cannot do so tells of saved ones."""
        known = server.client_capabilities.workspace
        watches = known.did_change_watched_files if known is not None else None
        if watches is None or not watches.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*.ped")])
        wanted = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        with suppress(JsonRpcException):
            await server.client_register_capability_async(types.RegistrationParams([wanted]))

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        workspace.moved()
        typing.later()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        gone = {path_of(each.uri) for each in params.event.removed}
        added = [path for each in params.event.added if (path := path_of(each.uri)) is not None]
        kept = [each for each in workspace.folders if each not in {path.resolve() for path in gone if path is not None}]
        workspace.folders = [*kept, *(path.resolve() for path in added)]
        workspace.moved()

    for event in (types.WORKSPACE_DID_RENAME_FILES, types.WORKSPACE_DID_CREATE_FILES, types.WORKSPACE_DID_DELETE_FILES):
        @server.feature(event, types.FileOperationRegistrationOptions(
            [types.FileOperationFilter(types.FileOperationPattern("**/*.ped"))]))
        def moved(params: Any) -> None:
            workspace.moved()
            typing.later()


def _shows_pictures(params: types.InitializeParams) -> bool:
    """Whether the client shows pictures in hovers: it may say so (`pictures`); those that read Markdown as VS Code does
    do."""
    options = params.initialization_options
    told = options.get("pictures") if isinstance(options, dict) else None
    general = params.capabilities.general
    markdown = general.markdown if general is not None else None
    return told if isinstance(told, bool) else markdown is not None and markdown.parser == "marked"


def _documents(server: LanguageServer, workspace: Workspace, typing: _Typing) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        workspace.documents.put(params.text_document.uri, params.text_document.text)
        workspace.moved()
        typing.now()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        workspace.documents.change(params.text_document.uri, list(params.content_changes))
        typing.later()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        workspace.moved()
        typing.later()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        workspace.documents.close(params.text_document.uri)
        workspace.moved()
        typing.gone(params.text_document.uri)


Answer = Callable[[Document, Any], Any]


def _refusable(answer: Answer) -> Answer:
    """An answer that may be a refusal: the client shows why."""
    def told(document: Document, params: Any) -> Any:
        try:
            return answer(document, params)
        except rename.Refused as refused:
            raise JsonRpcException(str(refused), types.LSPErrorCodes.RequestFailed.value) from None
    return told


def _questions(server: LanguageServer, workspace: Workspace) -> None:
    """What the client asks about a document. Of one that is not there, or is too long, nothing is known."""

    def answers(method: str, options: Any, answer: Answer) -> None:
        @server.feature(method, options)
        def handler(params: Any) -> Any:
            document = workspace.document(params.text_document.uri)
            return answer(document, params) if document is not None else None

    answers(types.TEXT_DOCUMENT_HOVER, None, lambda d, p: hover.hover(workspace, d, p.position))
    answers(types.TEXT_DOCUMENT_DEFINITION, None, lambda d, p: definition.definition(workspace, d, p.position))
    answers(types.TEXT_DOCUMENT_REFERENCES, None, lambda d, p: references.references(
        workspace, d, p.position, p.context.include_declaration))
    answers(types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, None, lambda d, p: references.highlights(workspace, d, p.position))
    answers(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, None, lambda d, p: outline.outline(d))
    answers(types.TEXT_DOCUMENT_FORMATTING, None, lambda d, p: formatting.formatting(d))
    answers(types.TEXT_DOCUMENT_FOLDING_RANGE, None, lambda d, p: folding.folding(d))
    answers(types.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, tokens.LEGEND, lambda d, p: tokens.tokens(workspace, d))
    answers(types.TEXT_DOCUMENT_INLAY_HINT, None, lambda d, p: hints.hints(workspace, d, p.range))
    answers(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(actions.KINDS),
            lambda d, p: actions.actions(workspace, d, p))
    answers(types.TEXT_DOCUMENT_PREPARE_RENAME, None, _refusable(
        lambda d, p: rename.prepare(workspace, d, p.position)))
    answers(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True), _refusable(
        lambda d, p: rename.rename(workspace, d, p.position, p.new_name)))
    answers(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=[".", "@"]),
            lambda d, p: completion.completion(workspace, d, p.position))

    @server.feature(types.WORKSPACE_SYMBOL)
    def symbols(params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
        return outline.search(workspace, params.query)
