// The tree-sitter grammar of pedalang 1. Generated from grammar/pedalang.lark by editors/tree_sitter.py;
// `pytest tests/editors --update` writes it anew. Do not edit it here.

module.exports = grammar({
  name: "pedalang",

  word: ($) => $.identifier,

  extras: ($) => [/[ \t\f\r\n]/, $.comment],

  rules: {
    module: ($) => seq(optional($.edition), optional($.moddocs), optional($._import_list), optional($._decl_list)),

    edition: ($) => seq("pedalang", $.digits, optional($.language)),

    language: ($) => seq($.key, $.string),

    moddocs: ($) => repeat1($.module_documentation),

    _import_list: ($) => repeat1(choice($.from_import, $.import_module)),

    from_import: ($) => seq("from", $.module_path, "import", $._import_item_list),

    import_module: ($) => seq("import", $.module_path, optional(seq("as", $.identifier))),

    module_path: ($) => seq(optional($.dots), $.name_path),

    dots: ($) => repeat1(choice(".", "..")),

    name_path: ($) => seq($.identifier, repeat(seq(".", $.identifier))),

    _import_item_list: ($) => seq($.import_item, repeat(seq(",", $.import_item))),

    import_item: ($) => seq($.identifier, optional(seq("as", $.identifier))),

    _decl_list: ($) => repeat1($.decl),

    decl: ($) => seq(optional($.docs), optional($.decorators), $._declaration),

    docs: ($) => repeat1($.documentation),

    decorators: ($) => repeat1($.decorator),

    decorator: ($) => seq("@", $.identifier, optional(seq("(", optional($.arguments), ")"))),

    _declaration: ($) => choice($.type_decl, $.enum_decl, $.scale_decl, $._let_decl, $.def_decl, $.move_decl, $._moves_decl, $.misconception_decl, $.role_decl, $.student_decl, $.predicate_decl, $.flow_decl, $.contract_decl, $.rubric_decl, $.dataset_decl, $.classifier_decl, $.model_decl, $.run_decl, $.matrix_decl, $.optimize_decl, $.observe_decl, $.course_decl, $.curriculum_decl, $.test_decl, $.property_decl),

    type_decl: ($) => seq("type", $.identifier, "{", optional($._type_field_list), "}"),

    _type_field_list: ($) => repeat1($.type_field),

    type_field: ($) => seq(optional($.docs), $.key, $.type, optional(seq("=", $._expr)), optional($.decorators)),

    enum_decl: ($) => seq("enum", $.identifier, "{", optional($._enum_case_list), "}"),

    _enum_case_list: ($) => repeat1($.enum_case),

    enum_case: ($) => seq(optional($.docs), "case", $.identifier, optional($.string)),

    scale_decl: ($) => seq("scale", $.identifier, optional($._param_list), $.scale_kind, "{", optional($._level_list), "}"),

    _level_list: ($) => repeat1($.level),

    level: ($) => seq(optional($.docs), "level", $.signed, optional($.string), ":", $._text),

    signed: ($) => seq(optional("-"), $.digits),

    _let_decl: ($) => choice($.let_decl, $.let_typed),

    let_decl: ($) => seq("let", $.identifier, "=", $._expr),

    let_typed: ($) => seq("let", $.key, $.type, "=", $._expr),

    def_decl: ($) => seq("def", $.identifier, $._param_list, "->", $.type, "=", choice($._expr, $.extern)),

    extern: ($) => seq("python", $.string),

    _moves_decl: ($) => choice($.moves_decl, $.moves_ordered),

    moves_decl: ($) => seq("moves", $.identifier, optional($.open), "=", "{", $._name_list, "}"),

    moves_ordered: ($) => seq("moves", $.identifier, optional($.open), "=", "{", $._order_list, "}"),

    _name_list: ($) => seq($.identifier, repeat(seq(",", $.identifier)), optional(",")),

    _order_list: ($) => seq($.identifier, "<", $.identifier, repeat(seq("<", $.identifier))),

    move_decl: ($) => seq("move", $.identifier, optional($._param_list), optional(seq("for", $.identifier)), "{", optional($._move_item_list), "}"),

    _move_item_list: ($) => repeat1(choice($.field, $.allow_when, $.example, $.sub_intent)),

    allow_when: ($) => seq(optional($.docs), "allow", "when", $._expr),

    example: ($) => seq(optional($.docs), "example", $._text, optional(seq("->", $.text))),

    sub_intent: ($) => seq(optional($.docs), "case", $.identifier, optional($.string)),

    misconception_decl: ($) => seq("misconception", $.identifier, "for", $.identifier, "{", optional($._field_list), "}"),

    role_decl: ($) => seq("role", $.identifier, optional($._param_list), optional(seq("extends", $._ref)), "{", optional($._role_item_list), "}"),

    student_decl: ($) => seq("student", $.identifier, optional($._param_list), optional(seq("extends", $._ref)), "{", optional($._role_item_list), "}"),

    _role_item_list: ($) => repeat1(choice($.field, $.say, $.act, $.policy, $.state, $.on, $.allow_when)),

    say: ($) => seq(optional($.docs), "say", $.key, $._expr),

    act: ($) => seq(optional($.docs), "act", $.identifier, optional($._guard), "{", optional($._field_list), "}"),

    policy: ($) => seq(optional($.docs), "policy", $.identifier, optional(seq("{", optional($._policy_arm_list), "}"))),

    _policy_arm_list: ($) => repeat1($.policy_arm),

    policy_arm: ($) => seq($._ref, optional($.weight), optional($._guard)),

    _guard: ($) => choice(seq("when", $._expr), $.otherwise),

    otherwise: ($) => "otherwise",

    state: ($) => seq(optional($.docs), "state", "{", optional($._state_var_list), "}"),

    _state_var_list: ($) => repeat1($.state_var),

    state_var: ($) => seq(optional($.docs), $.key, $.type, "=", choice($._expr, $.draw)),

    draw: ($) => seq("draw", $._expr),

    on: ($) => seq(optional($.docs), "on", $.event, optional(seq("when", $._expr)), "{", optional($._statement_list), "}"),

    event: ($) => seq($.name_path, optional(seq("(", $._name_list, ")"))),

    _statement_list: ($) => repeat1(choice($.assign, $.sample, $.if_stmt, $.hint)),

    assign: ($) => seq("set", $._ref, $.assign_op, $._expr),

    sample: ($) => seq("draw", $.identifier, "~", $._expr),

    if_stmt: ($) => seq("if", $._expr, "{", optional($._statement_list), "}", optional(seq("else", $._otherwise_block))),

    _otherwise_block: ($) => choice($.if_stmt, seq("{", optional($._statement_list), "}")),

    hint: ($) => seq("hint", $._text),

    predicate_decl: ($) => seq("predicate", $.identifier, $._param_list, "by", $.method, "{", optional($._field_list), "}"),

    flow_decl: ($) => seq("flow", $.identifier, optional($._param_list), "{", optional($._flow_item_list), "}"),

    _flow_item_list: ($) => repeat1(choice($.field, $.cast, $.phase, $.obeys, $.given_history, $.state, $.on)),

    cast: ($) => seq(optional($.docs), "cast", $.key, $._expr),

    obeys: ($) => seq(optional($.docs), "obeys", $._ref_list),

    _ref_list: ($) => seq($._ref, repeat(seq(",", $._ref))),

    given_history: ($) => seq(optional($.docs), "given", "history", optional($.amount)),

    phase: ($) => seq(optional($.docs), "phase", $.identifier, optional($._phase_mod_list), "{", optional($._phase_item_list), "}"),

    _phase_mod_list: ($) => repeat1(choice($.start, $.final, $.max_turns)),

    start: ($) => "start",

    final: ($) => "final",

    max_turns: ($) => seq("max", $.amount),

    _phase_item_list: ($) => repeat1(choice($.field, $.turn, $.goto, $.on)),

    turn: ($) => seq(optional($.docs), "turn", $.identifier, optional(choice($.may, $.must)), optional(seq("{", optional($._field_list), "}"))),

    may: ($) => seq("may", "{", $._name_list, "}"),

    must: ($) => seq("must", $.identifier),

    goto: ($) => seq("->", $.identifier, optional(choice($.at_max, seq("when", $._expr)))),

    at_max: ($) => seq("at", "max"),

    contract_decl: ($) => seq("contract", $.identifier, optional($._param_list), optional(seq("over", $.identifier)), "{", optional($._clause_list), "}"),

    _clause_list: ($) => repeat1($.clause),

    clause: ($) => seq(optional($.docs), optional($.severity), $.key, $._formula),

    rubric_decl: ($) => seq("rubric", $.identifier, optional($._param_list), optional(seq("extends", $._ref)), optional(seq("on", $.unit)), "{", optional($._rubric_item_list), "}"),

    _rubric_item_list: ($) => repeat1(choice($.field, $.criterion)),

    criterion: ($) => seq(optional($.docs), "criterion", $.identifier, optional($._criterion_mod_list), "{", optional($._criterion_item_list), "}"),

    _criterion_mod_list: ($) => repeat1(choice($.weight, $.on_scale, $.by_method, $.on_unit, $.gate)),

    weight: ($) => seq("weight", $.digits),

    on_scale: ($) => seq("scale", $._ref),

    by_method: ($) => seq("by", $.method),

    on_unit: ($) => seq("on", $.unit),

    gate: ($) => "gate",

    _criterion_item_list: ($) => repeat1(choice($.field, $.anchor, $.anchor_label)),

    anchor: ($) => seq(optional($.docs), "anchor", $.signed, ":", $._text),

    anchor_label: ($) => seq(optional($.docs), "anchor", $.key, $._text),

    dataset_decl: ($) => seq("dataset", $.identifier, optional(seq("from", $.string)), optional(seq("as", $.type)), "{", optional($._dataset_item_list), "}"),

    _dataset_item_list: ($) => repeat1(choice($.field, $.map)),

    map: ($) => seq(optional($.docs), "map", $.identifier, "<-", $._expr),

    classifier_decl: ($) => seq("classifier", $.identifier, optional(seq("on", $.unit)), optional(seq("from", $._ref)), "{", optional($._field_list), "}"),

    model_decl: ($) => seq("model", $.identifier, "{", optional($._field_list), "}"),

    run_decl: ($) => seq("run", $.identifier, "{", optional($._field_list), "}"),

    matrix_decl: ($) => seq("matrix", $.identifier, optional($._param_list), "{", optional($._matrix_item_list), "}"),

    optimize_decl: ($) => seq("optimize", $._ref, optional(seq("as", $.identifier)), "{", optional($._matrix_item_list), "}"),

    _matrix_item_list: ($) => repeat1(choice($.field, $.vary, $.exclude)),

    vary: ($) => seq(optional($.docs), "vary", $.identifier, "in", $._expr),

    exclude: ($) => seq(optional($.docs), "exclude", "when", $._expr),

    observe_decl: ($) => seq("observe", $.identifier, optional($._param_list), "{", optional($._observe_item_list), "}"),

    _observe_item_list: ($) => repeat1(choice($.field, $.vary)),

    course_decl: ($) => seq("course", $.identifier, optional($._param_list), "{", optional($._field_list), "}"),

    curriculum_decl: ($) => seq("curriculum", $.identifier, optional($._param_list), "{", optional($._field_list), "}"),

    test_decl: ($) => seq("test", $.string, "{", optional($._test_item_list), "}"),

    property_decl: ($) => seq("property", $.string, "{", optional($._test_item_list), "}"),

    _test_item_list: ($) => repeat1(choice($.field, $.given, $.forall, $.expect, $.expect_same, $.expect_verdict)),

    given: ($) => seq(optional($.docs), "given", $.key, $._expr),

    forall: ($) => seq(optional($.docs), "forall", $.identifier, "in", $._expr),

    expect: ($) => seq(optional($.docs), "expect", $._formula),

    expect_same: ($) => seq(optional($.docs), "expect", "same", "under", $.identifier, $._changed_list),

    _changed_list: ($) => seq($._expr, repeat(seq(",", $._expr))),

    expect_verdict: ($) => seq(optional($.docs), "expect", $._ref, $.verdict, $._ref),

    _field_list: ($) => repeat1($.field),

    field: ($) => seq(optional($.docs), $.key, $._expr),

    _param_list: ($) => seq("(", optional($._params), ")"),

    _params: ($) => seq($.param, repeat(seq(",", $.param)), optional(",")),

    param: ($) => seq($.key, $.type, optional(seq("=", $._expr))),

    type: ($) => seq($.name_path, optional(seq("[", $._type_list, "]")), optional("?"), optional(seq("in", $.bounds))),

    bounds: ($) => seq($._sum, "..", $._sum),

    _type_list: ($) => seq($.type, repeat(seq(",", $.type))),

    _formula: ($) => choice($._f_or, $.implies),

    implies: ($) => seq($._f_or, "implies", $._formula),

    _f_or: ($) => choice($._f_and, $.f_or),

    f_or: ($) => seq($._f_or, "or", $._f_and),

    _f_and: ($) => choice($._f_temporal, $.f_and),

    f_and: ($) => seq($._f_and, "and", $._f_temporal),

    _f_temporal: ($) => choice($._f_binary, $.always, $.never, $.eventually, $.next, $.first, $.last, $.whenever, $.during, $.count),

    always: ($) => seq("always", $._f_temporal),

    never: ($) => seq("never", $._f_temporal),

    eventually: ($) => seq("eventually", $._f_temporal),

    next: ($) => seq("next", $._f_temporal),

    first: ($) => seq("first", $._f_temporal),

    last: ($) => seq("last", $._f_temporal),

    whenever: ($) => seq("whenever", $._f_unary, "then", $._f_temporal),

    during: ($) => seq("during", $.key, $._f_temporal),

    count: ($) => seq($._at_least_most, $.digits, optional($.consecutive), $._f_unary),

    _f_binary: ($) => choice($._f_unary, $.within, $.until, $.until_finally, $.before, $.since),

    within: ($) => seq($._f_unary, "within", $.amount),

    until: ($) => seq($._f_unary, "until", $._f_unary),

    until_finally: ($) => seq($._f_unary, "until", "finally", $._f_unary),

    before: ($) => seq($._f_unary, "before", optional($.digits), $._f_unary),

    since: ($) => seq($._f_unary, "since", $._f_unary),

    _at_least_most: ($) => choice($.at_most, $.at_least, $.exactly),

    at_most: ($) => seq("at", "most"),

    at_least: ($) => seq("at", "least"),

    exactly: ($) => "exactly",

    _f_unary: ($) => choice($._f_atom, $.f_not),

    f_not: ($) => seq("not", $._f_unary),

    _f_atom: ($) => choice($._ref, seq("(", $._formula, ")"), $.f_compare),

    f_compare: ($) => seq($._ref, choice("==", "!=", "<=", ">=", "<", ">"), $._sum),

    _expr: ($) => choice($._or_expr, $.conditional),

    conditional: ($) => seq("if", $._expr, "then", $._expr, "else", $._expr),

    _or_expr: ($) => choice($._and_expr, $.or_),

    or_: ($) => seq($._or_expr, "or", $._and_expr),

    _and_expr: ($) => choice($._not_expr, $.and_),

    and_: ($) => seq($._and_expr, "and", $._not_expr),

    _not_expr: ($) => choice($._compared, $.not_),

    not_: ($) => seq("not", $._not_expr),

    _compared: ($) => choice($._fallback, $.compare, $.in_, $.not_in),

    compare: ($) => seq($._fallback, choice("==", "!=", "<=", ">=", "<", ">"), $._fallback),

    in_: ($) => seq($._fallback, "in", $._fallback),

    not_in: ($) => seq($._fallback, "not", "in", $._fallback),

    _fallback: ($) => choice($._range, $.coalesce),

    coalesce: ($) => seq($._range, "??", $._fallback),

    _range: ($) => choice($._sum, $.range),

    range: ($) => seq($._sum, "..", $._sum),

    _sum: ($) => choice($._term, alias($._binary_of_sum, $.binary)),

    _binary_of_sum: ($) => choice(seq($._sum, "+", $._term), seq($._sum, "-", $._term)),

    _term: ($) => choice($._factor, alias($._binary_of_term, $.binary)),

    _binary_of_term: ($) => seq($._term, choice("*", "/", "%"), $._factor),

    _factor: ($) => choice($._postfix, $.negative),

    negative: ($) => seq("-", $._factor),

    _postfix: ($) => choice($._ref, $._literal),

    _ref: ($) => choice($.name, $.attribute, $.call, $.index),

    name: ($) => $.identifier,

    attribute: ($) => seq($._ref, ".", $.identifier),

    call: ($) => seq($._ref, "(", optional($.arguments), ")"),

    index: ($) => seq($._ref, "[", $._expr, "]"),

    arguments: ($) => choice(seq($._argument, repeat(seq(",", $._argument)), optional(",")), $.comprehension),

    _argument: ($) => choice($._expr, $.named),

    named: ($) => seq($.key, $._expr),

    comprehension: ($) => seq($._expr, "for", $.identifier, "in", $._or_expr, optional(seq("if", $._or_expr))),

    _literal: ($) => choice($.number, $.quantity, $.true, $.false, $.none, $._text, $.list, $.list_of, $.record, $._paren),

    number: ($) => $.digits,

    quantity: ($) => $.amount,

    true: ($) => "true",

    false: ($) => "false",

    none: ($) => "none",

    list: ($) => seq("[", optional(seq($._expr, repeat(seq(",", $._expr)), optional(","))), "]"),

    list_of: ($) => seq("[", $.comprehension, "]"),

    record: ($) => seq("{", optional(seq($._entry, repeat(seq(",", $._entry)), optional(","))), "}"),

    _entry: ($) => choice($.key_entry, $.text_entry),

    key_entry: ($) => seq($.key, $._expr),

    text_entry: ($) => seq($.string, ":", $._expr),

    _paren: ($) => seq("(", $._expr, ")"),

    _text: ($) => $.text,

    text: ($) => choice($.string, $.block_string, $.raw_string),

    open: ($) => "open",

    scale_kind: ($) => choice("nominal", "ordinal", "interval"),

    method: ($) => choice("code", "judge", "model", "contract", "human"),

    unit: ($) => choice("turn", "dialogue", "segment", "exchange"),

    severity: ($) => choice("hard", "soft"),

    consecutive: ($) => choice("consecutive", "total"),

    verdict: ($) => choice("accepts", "rejects"),

    assign_op: ($) => choice("=", "+=", "-=", "*="),

    // Texts, taken apart: the grammar of the language reads each as one terminal, and its expressions later.

    string: ($) => seq('"', repeat(choice($.content, $.escape, $.interpolation)), token.immediate('"')),

    block_string: ($) => seq('"""', repeat(choice(alias($.block_content, $.content), $.interpolation)),
      token.immediate(prec(2, /"""+/))),

    raw_string: ($) => token(/#"""[^"]*(""?[^"]+|""""*[^"#][^"]*)*""""*#/),

    content: ($) => token.immediate(prec(1, /[^"\\\n{]+|\{/)),

    block_content: ($) => token.immediate(prec(1, /[^"{]+|\{|""?/)),

    escape: ($) => token.immediate(/\\["\\nt{}]/),

    interpolation: ($) => seq(token.immediate(prec(2, "{{")), $._expr, "}}"),

    module_documentation: ($) => token(prec(2, /\/\/![^\n]*/)),

    documentation: ($) => token(prec(1, /\/\/\/[^\n]*/)),

    comment: ($) => token(/\/\/[^\n]*/),

    amount: ($) => token(/[0-9][0-9_]*(\.[0-9]+)?(%|[ \t]+(turns|turn|tokens|token|seconds|second|minutes|minute|hours|hour|usd|points|point|exchanges|exchange))/),

    digits: ($) => token(/[0-9][0-9_]*(\.[0-9]+)?/),

    identifier: ($) => /[\p{L}\p{Nl}\p{No}_][\p{L}\p{N}_]*/u,

    key: ($) => token(prec(1, /[\p{L}\p{Nl}\p{No}_][\p{L}\p{N}_]*:/u)),
  },
});
