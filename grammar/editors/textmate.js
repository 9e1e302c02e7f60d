// The TextMate grammar of Dun from the keywords: `words json | node textmate.js > vscode/syntaxes/dun.tmLanguage.json`.
const words = JSON.parse(require('fs').readFileSync(0, 'utf8'));

const escaped = word => word.replace(/[-\/\\^$*+?.()|[\]{}]/g, '\\$&').replace(/ /g, '[ \\t\\u00A0]+');
const letter = '[\\p{L}\\p{N}_]';
// The longest phrase first: a regular expression takes the first that fits.
const phrases = list => [...new Set(list)].sort((a, b) => b.length - a.length).map(escaped).join('|');
const of = (...classes) => phrases(classes.flatMap(c => words[c]));
const several = (...classes) => classes.flatMap(c => words[c]).filter(w => w.includes(' '));
const word = (list, name) => ({ match: `(?<!${letter}|\\.)(?i:${list})(?!${letter}|\\.\\p{L})`, name: `${name}.dun` });
const begins = (list, captures) => ({ match: `(?<=^|;|:)[ \\t]*((?i:${list}))(?!${letter}|\\.\\p{L})${captures.then}`, captures: captures.names });

const section = { 1: { name: 'keyword.control.section.dun' } };
const named = { ...section, 2: { name: 'entity.name.section.dun' } };

module.exports = {
  $schema: 'https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json',
  name: 'Dun',
  scopeName: 'source.dun',
  fileTypes: ['dun'],
  patterns: [
    { match: '#.*$', name: 'comment.line.number-sign.dun' },
    {
      begin: '"', end: '"|$', name: 'string.quoted.double.dun',
      patterns: [
        { match: '\\\\.', name: 'constant.character.escape.dun' },
        { match: '\\{[^{}"]*\\}', name: 'variable.other.hole.dun' },
      ],
    },
    begins(of('NO_LADDER'), { then: '', names: section }),
    begins(of('LADDER', 'RULE'), { then: `[ \\t]+(\\p{L}${letter}*)`, names: named }),
    begins(of('POLICY', 'WHEN', 'EVERY', 'TEST', 'ON', 'AT'), { then: '', names: section }),
    { match: '\\b\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}\\b|\\b\\d{1,2}[./]\\d{1,2}[./]\\d{4}\\b', name: 'constant.numeric.date.dun' },
    { match: '\\b\\d{1,2}:\\d{2}\\b', name: 'constant.numeric.time.dun' },
    { match: '\\b(?i:30E/360|actual/36[05])\\b', name: 'constant.language.day-count.dun' },
    {
      match: `(\\d[\\d_]*(?:[.,]\\d[\\d_]*)*)[ \\t]*((?i:${of('UNIT')})(?!${letter})|%)`,
      captures: { 1: { name: 'constant.numeric.dun' }, 2: { name: 'keyword.other.unit.dun' } },
    },
    {
      match: `(?<!${letter})([A-Z]{0,2}\\$|[\\u00A2-\\u00A5\\u20A0-\\u20CF])[ \\t]*(\\d[\\d_]*(?:[.,]\\d[\\d_]*)*)`,
      captures: { 1: { name: 'keyword.other.unit.currency.dun' }, 2: { name: 'constant.numeric.dun' } },
    },
    { match: `(?<!${letter})\\d[\\d_]*(?:[.,]\\d[\\d_]*)*`, name: 'constant.numeric.dun' },
    // phrases of several words before the words that begin them
    word(phrases(several('KEYWORD', 'EVENT')), 'keyword.other'),
    word(phrases(several('OPERATOR')), 'keyword.operator.comparison'),
    word(of('IF', 'OTHERWISE', 'OR_ELSE', 'THEN'), 'keyword.control.conditional'),
    word(of('SEND', 'VERB'), 'support.function.action'),
    word(of('LOGIC'), 'keyword.operator.logical'),
    word(of('CHANNEL'), 'support.constant.channel'),
    word(of('CONSTANT'), 'constant.language'),
    word(of('BETWEEN', 'FOR', 'KEYWORD', 'ON', 'AT', 'EVERY', 'EVENT'), 'keyword.other'),
    word(of('OPERATOR'), 'keyword.operator.comparison'),
    word(of('TYPE'), 'storage.type'),
    { match: '[!<>]=?|=', name: 'keyword.operator.comparison.dun' },
    { match: '[-+*/]', name: 'keyword.operator.arithmetic.dun' },
    { match: '[,;:]', name: 'punctuation.separator.dun' },
    { match: `\\p{L}${letter}*(?:\\.\\p{L}${letter}*)*`, name: 'variable.other.dun' },
  ],
};

if (require.main === module) process.stdout.write(JSON.stringify(module.exports, null, 2) + '\n');
