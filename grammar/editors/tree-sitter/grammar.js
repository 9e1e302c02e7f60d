// Dun for editors: sections, rungs, settings, actions and what stands in them; one grammar for the three languages. It is
// looser than the compiler's: what is wrong says `dun check`. Words come from src/scanner.c, by their class
// (../classes.def), so a name that is a keyword elsewhere stays a name where the grammar takes one.
module.exports = grammar({
  name: 'dun',

  externals: $ => [
    $._newline, $._joint,
    // in the order of enum word_class in src/words.h
    $.unit,
    $._policy_word, $._ladder_word, $._no_ladder_word, $._rule_word, $._when_word, $._every_word, $._test_word,
    $._at_word, $._on_word, $.event_name, $._if_word, $._or_else_word, $._otherwise_word, $._then_word, $._send_word,
    $._verb, $._between_word, $._for_word, $.logic, $._operator_word, $.constant, $.channel, $.type, $.keyword,
    $.name, $._on_event_word,
  ],

  extras: $ => [/[\s\u00A0\u2000-\u200A\u202F\u3000]/, $.comment, $._joint],

  rules: {
    source_file: $ => repeat(choice($._section, $._statement, $.rung, ';')),

    _end: $ => choice($._newline, ';'),

    _section: $ => choice($.policy, $.ladder, $.no_ladder, $.when, $.every, $.event, $.test),

    policy: $ => prec.right(seq(alias($._policy_word, $.section), field('name', $.string), $._body)),

    ladder: $ => prec.right(seq(alias($._ladder_word, $.section), field('name', $._called), repeat($._item), $._end,
      repeat(choice($.rung, $._statement, ';')))),

    no_ladder: $ => seq(alias($._no_ladder_word, $.section), $.condition, $._end),

    when: $ => prec.right(seq(
      optional(seq(alias($._rule_word, $.section), field('name', $._called), ':')),
      alias($._when_word, $.section), $.condition, optional($._line), $._end,
      repeat(choice($.rung, $._statement, ';')))),

    every: $ => prec.right(seq(alias($._every_word, $.section), repeat1($._item), optional($._line), $._body)),

    event: $ => prec.right(seq(alias($._on_event_word, $.section), $.event_name, repeat($._item), optional($._line), $._body)),

    test: $ => prec.right(seq(alias($._test_word, $.section), field('name', $.string), $._end,
      repeat(choice($.expectation, $._statement, ';')))),

    _body: $ => prec.right(seq($._end, repeat(choice($._statement, ';')))),

    // a rung, and the lines that stand below it
    rung: $ => prec.right(seq(
      alias(choice($._at_word, $._on_word), $.keyword), field('offset', $._offset), repeat($._item), optional($._line),
      $._end, repeat(choice(seq($._line, $._end), ';')))),
    _offset: $ => choice($.duration, $.name, $.keyword),

    expectation: $ => seq(alias($._on_word, $.keyword), $.date, $.keyword, choice($._line, $.constant), $._end),

    _statement: $ => choice($.setting, seq($._line, $._end)),

    setting: $ => choice(
      seq($.keyword, repeat(choice($._item, $._action_word, alias($._then_word, $.keyword))), $._end),
      seq(alias($._send_word, $.keyword), optional($.channel), alias(choice($._between_word, $._on_word), $.keyword),
        repeat($._item), $._end)),
    _action_word: $ => choice(alias($._verb, $.verb), alias($._send_word, $.verb)),

    // [if C] ACTIONS [otherwise ...]
    _line: $ => choice($._actions, $.branch),
    branch: $ => prec.right(seq(
      alias($._if_word, $.conditional), $.condition, optional(alias($._then_word, $.conditional)), $._actions,
      optional(seq(alias($._otherwise_word, $.conditional), choice($._actions, $.branch))))),
    _actions: $ => prec.right(seq($.action, repeat(seq(alias($._then_word, $.conditional), $.action)))),
    action: $ => prec.right(choice(
      seq(alias($._verb, $.verb), repeat($._item)),
      seq(alias($._send_word, $.verb), $.channel, optional($._message), repeat($.fallback)))),
    _message: $ => seq(choice($.string, $.keyword), repeat($._item)),
    fallback: $ => prec.right(seq(alias($._or_else_word, $.conditional), $.channel, repeat($._item))),

    condition: $ => prec.right(repeat1($._item)),

    _item: $ => choice(
      $.name, $.keyword, $.logic, $.operator, $.constant, $.channel, $.type, $.event_name,
      alias(choice($._on_word, $._at_word, $._between_word, $._for_word, $._every_word), $.keyword),
      $.string, $.date, $.time, $.duration, $.percent, $.money, $.number, $.day_count, ',', ':', $.group),
    group: $ => seq('(', repeat(choice($._item, $._action_word)), ')'),
    operator: $ => choice($._operator_word, '=', '!=', '<', '<=', '>', '>=', '+', '-', '*', '/'),

    // most keywords are names where a name stands
    _called: $ => choice($.name, alias(choice($.keyword, $.constant, $.type, $.channel, $._verb, $.event_name), $.name)),

    string: $ => seq('"', repeat(choice($.escape, $.hole, $._text)), token.immediate('"')),
    _text: $ => token.immediate(prec(1, /[^"\\{}\n]+|[{}]/)),
    hole: $ => token.immediate(prec(2, /\{[^{}"\n]*\}/)),
    escape: $ => token.immediate(/\\[^\n]/),

    number: $ => /[0-9][0-9_]*([.,][0-9][0-9_]*)*/,
    date: $ => token(prec(1, /[0-9]{4}[-\/][0-9]{1,2}[-\/][0-9]{1,2}|[0-9]{1,2}[.\/][0-9]{1,2}[.\/][0-9]{4}/)),
    time: $ => /[0-9]{1,2}:[0-9]{2}/,
    day_count: $ => token(prec(1, /30[eE]\/360|[aA][cC][tT][uU][aA][lL]\/36[05]/)),
    duration: $ => seq($.number, $.unit),
    percent: $ => seq($.number, '%'),
    money: $ => choice(seq($._sign, $.number), prec(1, seq($.number, $._sign))),
    _sign: $ => /[A-Z]{0,2}\$|[\u00A2-\u00A5\u20A0-\u20CF]/,

    comment: $ => token(prec(-1, /#[^\n]*/)),
  },
});
