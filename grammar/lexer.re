/* Bytes to lexemes: the only place that looks at characters. It reports nothing and keeps no state; token.c gives the
 * lexemes their meaning. The text is valid UTF-8 with a NUL behind its end; a NUL inside is an unknown character. */
#include "lang/syntax/lex.h"

static lexeme lexeme_of(lexeme_kind kind, kw op, const char *text, const char *from, const char *to, uint32_t *at) {
  *at = (uint32_t)(to - text);
  return (lexeme){.kind = kind, .op = op, .from = (uint32_t)(from - text), .to = *at};
}

#define RETURN(kind, op) return lexeme_of(kind, op, text, from, YYCURSOR, at)

/* What the rules of lex_next are made of. */
/*!re2c
  re2c:encoding:utf8 = 1;
  re2c:define:YYCTYPE = "unsigned char";
  re2c:yyfill:enable = 0;
  re2c:eof = 0;

  // Wider than letters: token.c asks utf8_is_nfc_letter about each character that is not ASCII.
  letter  = [A-Za-z\u00AA\u00B5\u00BA\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u1FFF\u2C00-\u2DFF\u3005-\uD7FF\uF900-\uFDFF];
  word    = letter (letter | [0-9_])*;
  digit   = [0-9];
  number  = digit (digit | "_")* ([.,] digit (digit | "_")*)*;
  blank   = [ \t\r] | [\u00A0\u2000-\u200A\u202F\u3000];
  curly   = [\u201C\u201D\u201E\u201F\u00AB\u00BB];
  single  = ['`\u2018\u2019\u201A];
*/

lexeme lex_next(const char *text, uint32_t bytes, uint32_t *at) {
  const char *YYCURSOR = text + *at, *YYLIMIT = text + bytes, *YYMARKER, *from;
again:
  from = YYCURSOR;
  /*!re2c
    blank+                       { goto again; }
    "\n"                         { RETURN(LEX_NEWLINE, KW_NONE); }
    ";"                          { RETURN(LEX_SEMICOLON, KW_NONE); }
    "#" [^\n]*                   { RETURN(LEX_COMMENT, KW_NONE); }
    ("//" | "--") [^\n]*         { RETURN(LEX_COMMENT_ODD, KW_NONE); }
    "/*" [^\n]*                  { RETURN(LEX_COMMENT_ODD, KW_NONE); }
    word                         { RETURN(LEX_WORD, KW_NONE); }
    word ("." word)+             { RETURN(LEX_PATH, KW_NONE); }
    digit{1,2} "." digit{1,2} "." digit{4}    { RETURN(LEX_SLASH_DATE, KW_NONE); }
    number                       { RETURN(LEX_NUMBER, KW_NONE); }
    digit{4} "-" digit{2} "-" digit{2}        { RETURN(LEX_DATE, KW_NONE); }
    digit{1,2} "/" digit{1,2} "/" digit{4}    { RETURN(LEX_SLASH_DATE, KW_NONE); }
    digit{4} "/" digit{1,2} "/" digit{1,2}    { RETURN(LEX_DATE, KW_NONE); }
    digit{4} "-" digit{1,2} "-" digit{1,2}    { RETURN(LEX_DATE, KW_NONE); }
    digit{1,2} ":" digit{2}      { RETURN(LEX_TIME, KW_NONE); }
    "30" 'e' "/360"              { RETURN(LEX_DAY_COUNT, KW_NONE); }
    'actual/36' [05]             { RETURN(LEX_DAY_COUNT, KW_NONE); }
    "%"                          { RETURN(LEX_PERCENT, KW_NONE); }
    [A-Z]{0,2} "$"               { RETURN(LEX_SIGN, KW_NONE); }
    [\u00A2-\u00A5\u20A0-\u20CF] { RETURN(LEX_SIGN, KW_NONE); }

    ["] ([^"\\\n\x00] | "\\" [^\n\x00])* ["]   { RETURN(LEX_TEXT, KW_NONE); }
    ["] ([^"\\\n\x00] | "\\" [^\n\x00])* "\\"? { RETURN(LEX_TEXT_OPEN, KW_NONE); }
    curly [^"\n\x00\u201C\u201D\u201E\u201F\u00AB\u00BB]* (curly | ["])  { RETURN(LEX_TEXT_ODD, KW_NONE); }
    single [^'`\n\x00\u2018\u2019\u201A]* single                          { RETURN(LEX_TEXT_ODD, KW_NONE); }

    "("                          { RETURN(LEX_OPEN, KW_NONE); }
    ")"                          { RETURN(LEX_CLOSE, KW_NONE); }
    ":"                          { RETURN(LEX_COLON, KW_NONE); }
    ","                          { RETURN(LEX_OPERATOR, KW_COMMA); }
    "="                          { RETURN(LEX_OPERATOR, KW_EQ); }
    "!="                         { RETURN(LEX_OPERATOR, KW_NE); }
    "<"                          { RETURN(LEX_OPERATOR, KW_LT); }
    "<="                         { RETURN(LEX_OPERATOR, KW_LE); }
    ">"                          { RETURN(LEX_OPERATOR, KW_GT); }
    ">="                         { RETURN(LEX_OPERATOR, KW_GE); }
    "+"                          { RETURN(LEX_OPERATOR, KW_ADD); }
    "-"                          { RETURN(LEX_OPERATOR, KW_SUB); }
    "*"                          { RETURN(LEX_OPERATOR, KW_MUL); }
    "/"                          { RETURN(LEX_OPERATOR, KW_DIV); }

    "==" | "==="                 { RETURN(LEX_FOREIGN, KW_EQ); }
    "<>" | "!==" | "\u2260"      { RETURN(LEX_FOREIGN, KW_NE); }
    "=<" | "\u2264"              { RETURN(LEX_FOREIGN, KW_LE); }
    "=>" | "\u2265"              { RETURN(LEX_FOREIGN, KW_GE); }
    "&&" | "&"                   { RETURN(LEX_FOREIGN, KW_AND); }
    "||" | "|"                   { RETURN(LEX_FOREIGN, KW_OR); }
    "!"                          { RETURN(LEX_FOREIGN, KW_NOT); }
    "\u00D7" | "\u22C5"          { RETURN(LEX_FOREIGN, KW_MUL); }
    "\u00F7"                     { RETURN(LEX_FOREIGN, KW_DIV); }
    "->" | "\u2192"              { RETURN(LEX_UNKNOWN, KW_NONE); }
    "\u2212" | "\u2013" | "\u2014" { RETURN(LEX_FOREIGN, KW_SUB); }

    [{}[\]]                     { RETURN(LEX_BRACE, KW_NONE); }
    $                            { RETURN(LEX_END, KW_NONE); }
    [^]                          { RETURN(LEX_UNKNOWN, KW_NONE); }
    *                            { RETURN(LEX_UNKNOWN, KW_NONE); }
  */
}
