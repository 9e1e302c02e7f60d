/* The grammar of one statement. The driver at the end feeds it a statement at a time, so that an error ends at the end
 * of its line and every mistake of a file is reported at once. Which section a statement belongs to is ast_section.c's
 * business. Actions are one ast_* call each.
 *
 * Keywords of %fallback work as names where no keyword fits. Invariant: no token that can follow a complete condition
 * is in that list (lemon tries the fallback before a default reduction, so such a word would be taken for a name). */
%name parse
%token_prefix TK_
%token_type {const token *}
%extra_context {builder *b}
%default_type {ast *}
%start_symbol start
%stack_size PARSER_STACK_MAX

%include {
#include <assert.h>
#include "lang/syntax/build.h"
#define YYNOERRORRECOVERY 1
#define N ast_node
}

%syntax_error { build_syntax_error(b, TOKEN); }
%stack_overflow { build_too_deep(b); }

%fallback ID
  TARGET ENTITY CHANNEL_WORD DAY WEEK MONTH YEAR WEEKDAY CHANNEL DUE CURRENCY TIMEZONE CALENDAR HOLIDAY MESSAGES
  INTEREST FEE LATE_FEE FEE_EITHER INTEREST_KIND INDEX ADJUST_KIND TYPE TEMPLATE TITLED PRIORITY TEAM WEBHOOK EVENT ERP
  GIVEN TEST_PAID TEST_EVENT TEST_PROMISED TEST_REPLIED TEST_OPTED_OUT LANGUAGE LANGUAGE_NAME EDITION INCLUDE
  FIELD_WORD DEFINE CONNECT INCLUSIVE TOLERANCE TEST RULE LADDER POLICY EXPIRE LOCKED ROUND_MODE LAST_DAY NOTHING
  GUARANTEE EVERY_OPEN HELD OUTSIDE HOLIDAYS NEVER NO_MESSAGES.

%type tok {const token *}
%type on {const token *}
%type in {const token *}
%type not {const token *}
%type no {const token *}
%type cmp_op {const token *}
%type sum_op {const token *}
%type mul_op {const token *}
%type scalar {const token *}
%type given_scalar {const token *}
%type period {const token *}
%type kind_word {const token *}
%type late_fee {const token *}
%type at {const token *}
%type per_word {const token *}

start ::= statement(S). { ast_statement(b, S); }

/* words with two readings */
on(A) ::= ON(T). { A = T; }
on(A) ::= ON_OR_IN(T). { A = T; }
in(A) ::= IN(T). { A = T; }
in(A) ::= ON_OR_IN(T). { A = T; }
for ::= FOR.
for ::= FOR_OR_TO.
to ::= TO.
to ::= FOR_OR_TO.
not(A) ::= NOT(T). { A = T; }
not(A) ::= NOT_OR_NO(T). { A = T; }
no(A) ::= NO(T). { A = T; }
no(A) ::= NOT_OR_NO(T). { A = T; }
late_fee(A) ::= LATE_FEE(T). { A = T; }
late_fee(A) ::= FEE_EITHER(T). { A = T; }
at(A) ::= AT(T). { A = T; }
at(A) ::= AT_OR_PER(T). { A = T; }
per_word(A) ::= PER(T). { A = T; }
per_word(A) ::= AT_OR_PER(T). { A = T; }

/* names and literals */
name(A) ::= ID(T). { A = ast_name(b, T); }
path(A) ::= ID(T). { A = ast_name(b, T); }
path(A) ::= FIELD(T). { A = ast_name(b, T); }
text(A) ::= TEXT(T). { A = ast_text(b, T); }
text_opt(A) ::= . { A = NULL; }
text_opt(A) ::= text(T). { A = T; }
duration(A) ::= DURATION(T). { A = ast_literal(b, T); }
number(A) ::= NUMBER(T). { A = ast_literal(b, T); }
date(A) ::= DATE(T). { A = ast_literal(b, T); }
time(A) ::= TIME(T). { A = ast_literal(b, T); }
channel(A) ::= CHANNEL(T). { A = ast_word(b, AST_CHANNEL, T); }
channel_opt(A) ::= . { A = NULL; }
channel_opt(A) ::= channel(C). { A = C; }
channels(A) ::= channel(C). { A = ast_bag(b, C); }
channels(A) ::= channels(L) COMMA channel(C). { A = ast_add(b, L, C); }
channels(A) ::= channels(L) AND channel(C). { A = ast_add(b, L, C); }
amount(A) ::= PERCENT(T). { A = ast_literal(b, T); }
amount(A) ::= MONEY(T). { A = ast_literal(b, T); }
amount(A) ::= NUMBER(T). { A = ast_literal(b, T); }

/* conditions */
cond(A) ::= or(E). { A = E; }
cond(A) ::= or(E) UNLESS(T) or(C). { A = N(b, AST_UNLESS, T, KIDS(E, C)); }
or(A) ::= and(E). { A = E; }
or(A) ::= or(L) OR(T) and(R). { A = ast_chain(b, AST_OR, T, L, R); }
and(A) ::= inverse(E). { A = E; }
and(A) ::= and(L) AND(T) inverse(R). { A = ast_chain(b, AST_AND, T, L, R); }
inverse(A) ::= compare(E). { A = E; }
inverse(A) ::= not(T) inverse(E). { A = N(b, AST_NOT, T, KIDS(E)); }
compare(A) ::= sum(E). { A = E; }
compare(A) ::= sum(L) cmp_op(T) sum(R). { A = N(b, AST_COMPARE, T, KIDS(L, R)); }
compare(A) ::= sum(L) BETWEEN(T) sum(M) AND sum(R). { A = N(b, AST_BETWEEN, T, KIDS(L, M, R)); }
compare(A) ::= sum(L) in(T) LPAREN list(R) RPAREN. { A = ast_in(b, T, KW_IN, L, R); }
compare(A) ::= sum(L) NOT_IN(T) LPAREN list(R) RPAREN. { A = ast_in(b, T, KW_NOT_IN, L, R); }
compare(A) ::= sum(L) IS_MISSING(T). { A = N(b, AST_MISSING, T, KIDS(L)); }
compare(A) ::= sum(L) IS_NOT_MISSING(T). { A = N(b, AST_MISSING, T, KIDS(L)); }
cmp_op(A) ::= EQ|NE|LT|LE|GT|GE(T). { A = T; }
cmp_op(A) ::= CONTAINS|STARTS_WITH|HAS(T). { A = T; }
sum(A) ::= product(E). { A = E; }
sum(A) ::= sum(L) sum_op(T) product(R). { A = N(b, AST_ARITH, T, KIDS(L, R)); }
sum_op(A) ::= ADD(T). { A = T; }
sum_op(A) ::= SUB(T). { A = T; }
product(A) ::= primary(E). { A = E; }
product(A) ::= product(L) mul_op(T) primary(R). { A = N(b, AST_ARITH, T, KIDS(L, R)); }
mul_op(A) ::= MUL(T). { A = T; }
mul_op(A) ::= DIV(T). { A = T; }
primary(A) ::= path(P). { A = P; }
primary(A) ::= text(T). { A = T; }
primary(A) ::= scalar(T). { A = ast_literal(b, T); }
primary(A) ::= no(T). { A = ast_word(b, AST_YESNO, T); A->op = KW_NO; }
primary(A) ::= TODAY(T). { A = N(b, AST_TODAY, T, NO_KIDS); }
primary(A) ::= EXACTLY(T) text(E). { A = N(b, AST_EXACTLY, T, KIDS(E)); }
primary(A) ::= LPAREN cond(E) RPAREN. { A = ast_brackets(E); }
scalar(A) ::= NUMBER(T). { A = T; }
scalar(A) ::= PERCENT(T). { A = T; }
scalar(A) ::= MONEY(T). { A = T; }
scalar(A) ::= DURATION(T). { A = T; }
scalar(A) ::= DATE(T). { A = T; }
scalar(A) ::= TIME(T). { A = T; }
scalar(A) ::= YES(T). { A = T; }
list(A) ::= sum(E). { A = ast_bag(b, E); }
list(A) ::= list(L) COMMA sum(E). { A = ast_add(b, L, E); }

/* declarations */
statement(A) ::= POLICY(T) text(X). { A = ast_named(b, AST_POLICY, T, X, NO_KIDS); }
statement(A) ::= LANGUAGE(T) LANGUAGE_NAME(X). { A = N(b, AST_LANGUAGE, X, NO_KIDS); ast_cover(A, T, X); }
statement(A) ::= EDITION(T) number(X). { A = N(b, AST_EDITION, T, KIDS(X)); }
statement(A) ::= INCLUDE(T) text(X). { A = N(b, AST_INCLUDE, T, KIDS(X)); }
statement(A) ::= FIELD_WORD(T) path(P) AS type(X). { A = ast_named(b, AST_FIELD_DECL, T, P, KIDS(X)); }
type(A) ::= TYPE(T). { A = N(b, AST_TYPE, T, NO_KIDS); }
type(A) ::= YES(T) DIV no(X). { A = N(b, AST_TYPE, T, NO_KIDS); A->op = KW_TYPE_YESNO; ast_cover(A, T, X); }
statement(A) ::= DEFINE(T) name(P) AS cond(C). { A = ast_named(b, AST_DEFINE, T, P, KIDS(ast_cond(b, C))); }
statement(A) ::= NO_LADDER(T) cond(C). { A = N(b, AST_NO_LADDER, T, KIDS(ast_cond(b, C))); }
statement(A) ::= CONNECT(T) name(P) name_opt(M) text_opt(X) from_opt(F) with_keys(W). {
  A = ast_named(b, AST_CONNECT, T, P, KIDS(M, X, F, W)); }
name_opt(A) ::= . { A = NULL; }
name_opt(A) ::= name(P). { A = P; }
from_opt(A) ::= . { A = NULL; }
from_opt(A) ::= FROM(T) text(X). { A = N(b, AST_FROM, T, KIDS(X)); }
from_opt(A) ::= env(X). { A = N(b, AST_FROM, NULL, KIDS(X)); }
env(A) ::= FROM_ENV(T) text(X). { A = N(b, AST_FROM_ENV, T, KIDS(X)); }
with_keys(A) ::= . { A = NULL; }
with_keys(A) ::= WITH(T) keys(L). { A = N(b, AST_WITH, T, KIDS(L)); }
keys(A) ::= key(K). { A = ast_bag(b, K); }
keys(A) ::= keys(L) AND key(K). { A = ast_add(b, L, K); }
keys(A) ::= keys(L) COMMA key(K). { A = ast_add(b, L, K); }
key(A) ::= name(P) text(X). { A = ast_named(b, AST_CONNECT_KEY, NULL, P, KIDS(X)); }
key(A) ::= name(P) env(X). { A = ast_named(b, AST_CONNECT_KEY, NULL, P, KIDS(X)); }
key(A) ::= name(P) number(X). { A = ast_named(b, AST_CONNECT_KEY, NULL, P, KIDS(X)); }
key(A) ::= name(P) name(X). { A = ast_named(b, AST_CONNECT_KEY, NULL, P, KIDS(X)); }
statement(A) ::= TEAM(T) name(P) EQ addresses(L). { A = ast_named(b, AST_TEAM, T, P, KIDS(L)); }
addresses(A) ::= address(X). { A = ast_bag(b, X); }
addresses(A) ::= addresses(L) AND address(X). { A = ast_add(b, L, X); }
addresses(A) ::= addresses(L) COMMA address(X). { A = ast_add(b, L, X); }
address(A) ::= text(X). { A = N(b, AST_TEAM_ADDRESS, NULL, KIDS(X)); }
address(A) ::= env(X). { A = N(b, AST_TEAM_ADDRESS, NULL, KIDS(X)); }
address(A) ::= name(P) address_value(X). { A = ast_named(b, AST_TEAM_ADDRESS, NULL, P, KIDS(X)); }
address(A) ::= name(P) WEBHOOK(T) address_value(X). { A = ast_named(b, AST_TEAM_ADDRESS, T, P, KIDS(X)); }
address_value(A) ::= text(X). { A = X; }
address_value(A) ::= env(X). { A = X; }

/* settings */
statement(A) ::= CURRENCY(T) name(P). { A = ast_named(b, AST_CURRENCY, T, P, NO_KIDS); }
statement(A) ::= TIMEZONE(T) text(X). { A = N(b, AST_TIMEZONE, T, KIDS(X)); }
statement(A) ::= CALENDAR(T) calendars(L). { A = N(b, AST_CALENDAR, T, KIDS(L)); }
calendars(A) ::= name(P). { A = ast_bag(b, P); }
calendars(A) ::= calendars(L) COMMA name(P). { A = ast_add(b, L, P); }
statement(A) ::= HOLIDAY(T) date(D) text_opt(X). { A = N(b, AST_HOLIDAY, T, KIDS(D, X)); }
statement(A) ::= HOLD_WHILE(T) cond(C) grace(G). { A = N(b, AST_HOLD, T, KIDS(ast_cond(b, C), G)); }
grace(A) ::= . { A = NULL; }
grace(A) ::= PLUS(T) duration(D). { A = N(b, AST_GRACE, T, KIDS(D)); }
statement(A) ::= STOP_WHEN(T) cond(C). { A = N(b, AST_STOP, T, KIDS(ast_cond(b, C))); }
statement(A) ::= SEND(T) channel_opt(C) window(W) for_cond(F). { A = N(b, AST_WINDOW, T, KIDS(C, W, F)); }
window(A) ::= BETWEEN(T) hours(H). { A = ast_bag(b, N(b, AST_WINDOW_PART, T, KIDS(H))); }
window(A) ::= on day(D). { A = ast_bag(b, N(b, AST_WINDOW_PART, NULL, KIDS(N(b, AST_DAYS, NULL, KIDS(D))))); }
window(A) ::= window(W) AND BETWEEN(T) hours(H). { A = ast_add(b, W, N(b, AST_WINDOW_PART, T, KIDS(H))); }
window(A) ::= window(W) on day(D). { A = ast_window_days(b, W, D); }
window(A) ::= window(W) AND day(D). { A = ast_window_day(b, W, D); }
window(A) ::= window(W) COMMA day(D). { A = ast_window_day(b, W, D); }
hours(A) ::= time(F) AND time(U). { A = N(b, AST_HOURS, NULL, KIDS(F, U)); }
day(A) ::= BUSINESS_DAYS(T). { A = N(b, AST_DAY, T, NO_KIDS); }
day(A) ::= WEEKDAY(T). { A = N(b, AST_DAY, T, NO_KIDS); }
day(A) ::= WEEKDAY(T) TO WEEKDAY(U). { A = N(b, AST_DAY, T, KIDS(N(b, AST_DAY, U, NO_KIDS))); }
for_cond(A) ::= . { A = NULL; }
for_cond(A) ::= for cond(C). { A = N(b, AST_FOR, NULL, KIDS(C)); }
statement(A) ::= LIMIT_EACH(T) ENTITY(E) to rates(L). { A = N(b, AST_LIMIT, E, KIDS(L)); ast_cover(A, T, E); }
rates(A) ::= rate(R). { A = ast_bag(b, R); }
rates(A) ::= rates(L) AND rate(R). { A = ast_add(b, L, R); }
rates(A) ::= rates(L) COMMA rate(R). { A = ast_add(b, L, R); }
rate(A) ::= number(X) messages pers(P). { A = N(b, AST_LIMIT_RATE, NULL, KIDS(X, P)); }
messages ::= .
messages ::= MESSAGES.
pers(A) ::= per(P). { A = ast_bag(b, P); }
pers(A) ::= pers(L) per(P). { A = ast_add(b, L, P); }
per(A) ::= per_word(T) period(P). { A = ast_per(b, T, P); }
per(A) ::= per_word(T) CHANNEL_WORD(P). { A = ast_per(b, T, P); }
per(A) ::= per_word(T) ENTITY(P). { A = ast_per(b, T, P); }
per(A) ::= per_word(T) duration(D). { A = N(b, AST_PER, NULL, KIDS(D)); ast_cover(A, T, T); }
period(A) ::= DAY(T). { A = T; }
period(A) ::= WEEK(T). { A = T; }
period(A) ::= MONTH(T). { A = T; }
period(A) ::= YEAR(T). { A = T; }
statement(A) ::= SILENCE_FOR(T) duration(D) AFTER_A_REPLY. { A = N(b, AST_SILENCE, T, KIDS(D)); }
statement(A) ::= ASK_VOLUME(T) number(X) messages. { A = N(b, AST_ASK_VOLUME, T, KIDS(X)); }
statement(A) ::= ASK_WHEN(T) cond(C). { A = N(b, AST_ASK_WHEN, T, KIDS(ast_cond(b, C))); }
statement(A) ::= ASK_BEFORE(T) kinds(L). { A = N(b, AST_ASK_BEFORE, T, KIDS(L)); }
kinds(A) ::= kind(K). { A = ast_bag(b, K); }
kinds(A) ::= kinds(L) COMMA kind(K). { A = ast_add(b, L, K); }
kinds(A) ::= kinds(L) OR kind(K). { A = ast_add(b, L, K); }
kinds(A) ::= kinds(L) AND kind(K). { A = ast_add(b, L, K); }
kind(A) ::= kind_word(T). { A = N(b, AST_ACTION_KIND, T, NO_KIDS); }
kind(A) ::= SEND(T) channel_opt(C). { A = N(b, AST_ACTION_KIND, T, KIDS(C)); }
kind(A) ::= CHARGE(T). { A = N(b, AST_ACTION_KIND, T, NO_KIDS); }
kind(A) ::= CHARGE(T) fee_word(X). { A = N(b, AST_ACTION_KIND, T, NO_KIDS); A->op = ast_fee_op(X); ast_cover(A, T, X); }
kind_word(A) ::= ESCALATE(T). { A = T; }
kind_word(A) ::= ALERT(T). { A = T; }
kind_word(A) ::= OPEN_CARD_WORD(T). { A = T; }
kind_word(A) ::= MOVE_CARD_WORD(T). { A = T; }
kind_word(A) ::= CLOSE_CARD(T). { A = T; }
kind_word(A) ::= UPDATE_DUE(T). { A = T; }
kind_word(A) ::= WRITE_OFF(T). { A = T; }
kind_word(A) ::= SUSPEND(T). { A = T; }
kind_word(A) ::= RESUME(T). { A = T; }
kind_word(A) ::= MARK(T). { A = T; }
kind_word(A) ::= TAG(T). { A = T; }
kind_word(A) ::= CALL_WEBHOOK(T). { A = T; }
kind_word(A) ::= BILL(T). { A = T; }
kind_word(A) ::= CONTRACT_ACTION(T). { A = T; }
kind_word(A) ::= ADJUST_WORD(T). { A = T; }
kind_word(A) ::= DOCUMENT(T). { A = T; }
kind_word(A) ::= SIGNATURE(T). { A = T; }
statement(A) ::= OPT_IN_FOR(T) channels(L). { A = N(b, AST_OPT_IN, T, KIDS(L)); }
statement(A) ::= TOGETHER(T). { A = N(b, AST_TOGETHER, T, NO_KIDS); }
statement(A) ::= IGNORE_BELOW(T) amount(X). { A = N(b, AST_IGNORE_BELOW, T, KIDS(X)); }
statement(A) ::= MOVE_DUE(T). { A = N(b, AST_MOVE_DUE, T, NO_KIDS); }
statement(A) ::= LATE_ONLY(T). { A = N(b, AST_LATE_ONLY, T, NO_KIDS); }
statement(A) ::= EXPIRE(T) duration(D) AFTER_PLANNED_TIME. { A = N(b, AST_EXPIRE, T, KIDS(D)); }
statement(A) ::= AFTER_A_GAP(T) GAP_MODE(M). { A = N(b, AST_AFTER_GAP, M, NO_KIDS); ast_cover(A, T, M); }
statement(A) ::= AFTER_A_GAP(T) SEND_ONE_BY_ONE(M). { A = N(b, AST_AFTER_GAP, M, NO_KIDS); ast_cover(A, T, M); }
statement(A) ::= AFTER_A_GAP(T) SEND_ONE_BY_ONE(M) EVERY duration(D). {
  A = N(b, AST_AFTER_GAP, M, KIDS(D)); ast_cover(A, T, M); }
statement(A) ::= RATES_FROM(T) text(X). { A = N(b, AST_RATES, T, KIDS(X)); }
statement(A) ::= SETTLE(T) settle(L). { A = N(b, AST_SETTLE, T, KIDS(L)); }
settle(A) ::= name(P). { A = ast_bag(b, P); }
settle(A) ::= settle(L) THEN name(P). { A = ast_add(b, L, P); }
statement(A) ::= prorated(P). { A = P; }
prorated(A) ::= PRORATED_BY(T) ACTUAL_DAYS(X) prorated_clauses(L). { A = N(b, AST_PRORATED, X, KIDS(L)); ast_cover(A, T, X); }
prorated(A) ::= PRORATED_BY(T) duration(D) prorated_clauses(L). { A = N(b, AST_PRORATED, NULL, KIDS(D, L)); ast_cover(A, T, T); }
prorated_clauses(A) ::= . { A = ast_bag(b, NULL); }
prorated_clauses(A) ::= prorated_clauses(L) INCLUSIVE(T). { A = ast_clause(b, L, N(b, AST_INCLUSIVE, T, NO_KIDS)); }
prorated_clauses(A) ::= prorated_clauses(L) CENTS(T). { A = ast_clause(b, L, N(b, AST_CENTS, T, NO_KIDS)); }

/* the late fee and interest sentence */
statement(A) ::= late_fee(T) fee(F) interest_opt(I). { A = N(b, AST_LATE_FEE, T, KIDS(F, I)); }
statement(A) ::= INTEREST(T) interest(I). { A = N(b, AST_LATE_FEE, T, KIDS(I)); }
fee(A) ::= fee_parts(L) at_most_opt(M). { A = N(b, AST_FEE, NULL, KIDS(L, M)); }
fee_parts(A) ::= amount(X) below(B). { A = ast_bag(b, N(b, AST_FEE_PART, NULL, KIDS(X, B))); }
fee_parts(A) ::= fee_parts(L) PLUS(T) amount(X) below(B). { A = ast_add(b, L, N(b, AST_FEE_PART, T, KIDS(X, B))); }
fee_parts(A) ::= fee_parts(L) COMMA(T) amount(X) below(B). { A = ast_add(b, L, N(b, AST_FEE_PART, T, KIDS(X, B))); }
below(A) ::= . { A = NULL; }
below(A) ::= BELOW(T) amount(X). { A = N(b, AST_BELOW, T, KIDS(X)); }
at_most_opt(A) ::= . { A = NULL; }
at_most_opt(A) ::= AT_MOST(T) amount(X). { A = N(b, AST_AT_MOST, T, KIDS(X)); }
interest_opt(A) ::= . { A = NULL; }
interest_opt(A) ::= PLUS_INTEREST interest(I). { A = I; }
interest(A) ::= interest_rates(L) interest_clauses(C). { A = N(b, AST_INTEREST, NULL, KIDS(L, C)); }
interest_rates(A) ::= interest_rate(R). { A = ast_bag(b, R); }
interest_rates(A) ::= interest_rates(L) PLUS interest_rate(R). { A = ast_add(b, L, R); }
interest_rate(A) ::= amount(X) per_word(T) period(P). { A = N(b, AST_RATE, NULL, KIDS(X, ast_per(b, T, P))); }
interest_rate(A) ::= text(X). { A = N(b, AST_RATE, NULL, KIDS(X)); }
interest_clauses(A) ::= . { A = ast_bag(b, NULL); }
interest_clauses(A) ::= interest_clauses(L) interest_clause(C). { A = ast_clause(b, L, C); }
interest_clause(A) ::= INTEREST_KIND(T). { A = N(b, AST_INTEREST_KIND, T, NO_KIDS); }
interest_clause(A) ::= DAY_COUNT DAYCOUNT(T). { A = ast_word(b, AST_DAY_COUNT, T); }
interest_clause(A) ::= DAY_COUNT BUSINESS_DAYS(T). { A = N(b, AST_DAY_COUNT, T, NO_KIDS); }
interest_clause(A) ::= ON_BASE(T). { A = N(b, AST_ON_BASE, T, NO_KIDS); }
interest_clause(A) ::= TOLERANCE(T) duration(D). { A = N(b, AST_TOLERANCE, T, KIDS(D)); }
interest_clause(A) ::= LOCKED(T). { A = N(b, AST_LOCKED, T, NO_KIDS); }
interest_clause(A) ::= ROUNDED ROUND_MODE(T) round_when(W). { A = N(b, AST_ROUNDED, T, KIDS(W)); }
round_when(A) ::= . { A = NULL; }
round_when(A) ::= AT_THE_END(T). { A = N(b, AST_ROUND_WHEN, T, NO_KIDS); }
round_when(A) ::= per_word(T) DAY. { A = N(b, AST_ROUND_WHEN, T, NO_KIDS); A->op = KW_PER_DAY; }

/* what the policy promises: proven or tried, never run */
statement(A) ::= GUARANTEE(T) AT_MOST(X) rates(L). { A = ast_guarantee(b, T, X, KIDS(L)); }
statement(A) ::= GUARANTEE(T) EVERY_OPEN(X) promised_where(W) REACHES goals(L) BY duration(D) promised_unless(U). {
  A = ast_guarantee(b, T, X, KIDS(W, N(b, AST_REACHES, NULL, KIDS(L)), D, U)); }
statement(A) ::= GUARANTEE(T) NOTHING(X) promised_days(D) for_cond(F). { A = ast_guarantee(b, T, X, KIDS(D, F)); }
statement(A) ::= GUARANTEE(T) NO_MESSAGES(X) promised_days(D) for_cond(F). { A = ast_guarantee(b, T, X, KIDS(D, F)); }
statement(A) ::= GUARANTEE(T) NEVER(X) goals(L) for_cond(F). { A = ast_guarantee(b, T, X, KIDS(L, F)); }
promised_where(A) ::= . { A = NULL; }
promised_where(A) ::= WHERE(T) cond(C). { A = N(b, AST_WHERE, T, KIDS(C)); }
promised_unless(A) ::= . { A = NULL; }
promised_unless(A) ::= UNLESS(T) or(C). { A = N(b, AST_EXCEPT, T, KIDS(C)); }
promised_unless(A) ::= UNLESS HELD(T). { A = N(b, AST_HELD, T, NO_KIDS); }
promised_unless(A) ::= UNLESS HELD(T) OR or(C). { A = N(b, AST_HELD, T, KIDS(C)); }
promised_days(A) ::= on promised_day_list(L). { A = N(b, AST_DAYS, NULL, KIDS(L)); }
promised_days(A) ::= OUTSIDE(T) promised_day_list(L). { A = N(b, AST_OUTSIDE, T, KIDS(L)); }
promised_day_list(A) ::= promised_day(D). { A = ast_bag(b, D); }
promised_day_list(A) ::= promised_day_list(L) COMMA promised_day(D). { A = ast_add(b, L, D); }
promised_day_list(A) ::= promised_day_list(L) AND promised_day(D). { A = ast_add(b, L, D); }
promised_day_list(A) ::= promised_day_list(L) OR promised_day(D). { A = ast_add(b, L, D); }
promised_day(A) ::= day(D). { A = D; }
promised_day(A) ::= HOLIDAYS(T). { A = N(b, AST_DAY, T, NO_KIDS); }
goals(A) ::= goal(X). { A = ast_bag(b, X); }
goals(A) ::= goals(L) OR goal(X). { A = ast_add(b, L, X); }
goals(A) ::= goals(L) COMMA goal(X). { A = ast_add(b, L, X); }
goal(A) ::= kind(K). { A = N(b, AST_GOAL, NULL, KIDS(K)); }
goal(A) ::= text(X). { A = N(b, AST_GOAL, NULL, KIDS(X)); }
goal(A) ::= TEMPLATE(T) text(X). { A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_TEMPLATE, T, KIDS(X)))); }
goal(A) ::= SEND(T) channel(C) TEMPLATE(U) text(X). {
  A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_ACTION_KIND, T, KIDS(C)), N(b, AST_TEMPLATE, U, KIDS(X)))); }
goal(A) ::= ESCALATE(T) who(W). { A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_ACTION_KIND, T, NO_KIDS), W)); }
goal(A) ::= OPEN_CARD(T) text(X). { A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_ACTION_KIND, T, NO_KIDS), X)); }
goal(A) ::= MOVE_CARD(T) text(X). { A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_ACTION_KIND, T, NO_KIDS), X)); }
goal(A) ::= ALERT(T) name(P). { A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_ACTION_KIND, T, NO_KIDS), P)); }
goal(A) ::= MARK(T) name(P). { A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_ACTION_KIND, T, NO_KIDS), P)); }
goal(A) ::= TAG(T) text(X). { A = N(b, AST_GOAL, NULL, KIDS(N(b, AST_ACTION_KIND, T, NO_KIDS), X)); }

/* ladders, rungs, lines */
statement(A) ::= LADDER(T) name(P) for TARGET(X) where(W) counting(C). { A = ast_ladder(b, T, P, X, KIDS(W, C)); }
where(A) ::= . { A = NULL; }
where(A) ::= WHERE(T) cond(C). { A = N(b, AST_WHERE, T, KIDS(C)); }
where(A) ::= UNLESS(T) or(C). { A = N(b, AST_EXCEPT, T, KIDS(C)); }
counting(A) ::= . { A = NULL; }
counting(A) ::= COUNTING_FROM(T) path(P). { A = ast_named(b, AST_COUNTING, T, P, NO_KIDS); }
statement(A) ::= at(T) duration(D) anchor(R) repeat(P) line_opt(L). { A = ast_rung(b, T, KIDS(D, R, P, L)); }
statement(A) ::= at(T) path(P) repeat(R) line_opt(L). { A = ast_rung(b, T, KIDS(ast_named(b, AST_ANCHOR, NULL, P, NO_KIDS), R, L)); }
statement(A) ::= on(T) DUE(X) line_opt(L). {
  A = ast_rung(b, T, KIDS(ast_named(b, AST_ANCHOR, NULL, ast_name(b, X), NO_KIDS), L)); }
anchor(A) ::= . { A = NULL; }
anchor(A) ::= BEFORE(T) path(P). { A = ast_named(b, AST_ANCHOR, T, P, NO_KIDS); }
anchor(A) ::= AFTER(T) path(P). { A = ast_named(b, AST_ANCHOR, T, P, NO_KIDS); }
repeat(A) ::= . { A = NULL; }
repeat(A) ::= THEN_EVERY(T) duration(D). { A = N(b, AST_REPEAT, T, KIDS(D)); }
repeat(A) ::= THEN_EVERY(T) duration(D) COMMA number(X) MORE_TIMES. { A = N(b, AST_REPEAT, T, KIDS(D, X)); }
statement(A) ::= line(L). { A = L; }
line_opt(A) ::= . { A = NULL; }
line_opt(A) ::= line(L). { A = L; }
line(A) ::= actions(L). { A = N(b, AST_LINE, NULL, KIDS(N(b, AST_BRANCH, NULL, KIDS(L)))); }
line(A) ::= IF cond(C) then actions(L) otherwise(O). { A = N(b, AST_LINE, NULL, KIDS(ast_branch(b, C, L), O)); }
then ::= .
then ::= THEN.
otherwise(A) ::= . { A = NULL; }
otherwise(A) ::= OTHERWISE actions(L). { A = ast_bag(b, N(b, AST_BRANCH, NULL, KIDS(L))); }
otherwise(A) ::= OTHERWISE IF cond(C) then actions(L) otherwise(O). { A = ast_push(b, ast_branch(b, C, L), O); }
actions(A) ::= action(X). { A = ast_bag(b, X); }
actions(A) ::= actions(L) THEN action(X). { A = ast_add(b, L, X); }

/* other sections */
statement(A) ::= when(T) cond(C) again(G) line_opt(L). { A = ast_when(b, T, NULL, KIDS(ast_cond(b, C), G, L)); }
statement(A) ::= RULE name(P) COLON when(T) cond(C) again(G) line_opt(L). {
  A = ast_when(b, T, P, KIDS(ast_cond(b, C), G, L)); }
%type when {const token *}
when(A) ::= WHEN(T). { A = T; }
when(A) ::= WHEN_CONTRACT(T). { A = T; }
again(A) ::= . { A = NULL; }
again(A) ::= AGAIN_EVERY(T) duration(D). { A = N(b, AST_AGAIN, T, KIDS(D)); }
statement(A) ::= on EVENT(T) containing(C) for_cond(F) line_opt(L). { A = N(b, AST_ON, T, KIDS(C, F, L)); }
containing(A) ::= . { A = NULL; }
containing(A) ::= CONTAINING(T) text(X). { A = N(b, AST_CONTAINING, T, KIDS(X)); }
statement(A) ::= on ERP(T) words(W) for_cond(F) line_opt(L). { A = N(b, AST_ON, T, KIDS(ast_erp_event(b, T, W), F, L)); }
words(A) ::= erp_word(P). { A = ast_bag(b, P); }
words(A) ::= words(L) erp_word(P). { A = ast_add(b, L, P); }
erp_word(A) ::= name(P). { A = P; }
erp_word(A) ::= EVENT(T). { A = ast_word(b, AST_NAME, T); } /* `sap invoice created` */
statement(A) ::= EVERY DAY(T) time_opt(H) target(X) line_opt(L). { A = N(b, AST_EVERY, T, KIDS(H, X, L)); }
statement(A) ::= EVERY WEEK(T) on days(D) time_opt(H) target(X) line_opt(L). {
  A = N(b, AST_EVERY, T, KIDS(N(b, AST_DAYS, NULL, KIDS(D)), H, X, L)); }
statement(A) ::= EVERY MONTH(T) on month_day(D) time_opt(H) target(X) line_opt(L). { A = N(b, AST_EVERY, T, KIDS(D, H, X, L)); }
statement(A) ::= EVERY YEAR(T) on year_day(D) time_opt(H) target(X) line_opt(L). { A = N(b, AST_EVERY, T, KIDS(D, H, X, L)); }
days(A) ::= day(D). { A = ast_bag(b, D); }
days(A) ::= days(L) COMMA day(D). { A = ast_add(b, L, D); }
days(A) ::= days(L) AND day(D). { A = ast_add(b, L, D); }
month_day(A) ::= DAY(T) number(X). { A = N(b, AST_MONTH_DAY, T, KIDS(X)); }
month_day(A) ::= LAST_DAY(T). { A = N(b, AST_LAST_DAY, T, NO_KIDS); }
year_day(A) ::= date(D). { A = N(b, AST_ON_DATE, NULL, KIDS(D)); }
year_day(A) ::= path(P). { A = ast_named(b, AST_ON_DATE, NULL, P, NO_KIDS); }
time_opt(A) ::= . { A = NULL; }
time_opt(A) ::= at time(H). { A = H; }
target(A) ::= . { A = NULL; }
target(A) ::= for TARGET(T) where(W). { A = ast_pair(b, N(b, AST_TARGET, T, NO_KIDS), W); }

/* tests */
statement(A) ::= TEST(T) text(X). { A = ast_named(b, AST_TEST, T, X, NO_KIDS); }
statement(A) ::= GIVEN(T) givens(L). { A = ast_givens(b, T, L); }
givens(A) ::= given(X). { A = ast_bag(b, X); }
givens(A) ::= givens(L) AND given(X). { A = ast_add(b, L, X); }
given(A) ::= ENTITY(T) given_fields(L). { A = N(b, AST_GIVEN, T, KIDS(L)); }
given_fields(A) ::= . { A = ast_bag(b, NULL); }
given_fields(A) ::= given_fields(L) path(P) given_value(V). { A = ast_add(b, L, ast_named(b, AST_GIVEN_FIELD, NULL, P, KIDS(V))); }
given_value(A) ::= given_scalar(T). { A = ast_literal(b, T); }
given_value(A) ::= text(X). { A = X; }
given_value(A) ::= path(P). { A = P; }
given_value(A) ::= no(T). { A = ast_word(b, AST_YESNO, T); A->op = KW_NO; }
given_value(A) ::= MISSING(T). { A = N(b, AST_MISSING_VALUE, T, NO_KIDS); }
given_value(A) ::= LPAREN list(L) RPAREN. { A = N(b, AST_LIST, NULL, KIDS(L)); }
given_scalar(A) ::= scalar(T). { A = T; }
statement(A) ::= on(T) date(D) EXPECT actions(L). { A = N(b, AST_EXPECT, T, KIDS(D, L)); }
statement(A) ::= on(T) date(D) EXPECT NOTHING(X). {
  A = N(b, AST_EXPECT, T, KIDS(D, N(b, AST_EXPECT_NOTHING, X, NO_KIDS))); }
statement(A) ::= UNTIL(T) date(D) EXPECT NOTHING(X). {
  A = N(b, AST_UNTIL, T, KIDS(D, N(b, AST_EXPECT_NOTHING, X, NO_KIDS))); }
statement(A) ::= TEST_PAID(T) on date(D). { A = N(b, AST_TEST_EVENT, T, KIDS(D)); }
statement(A) ::= TEST_PAID(T) amount(X) on date(D). { A = N(b, AST_TEST_EVENT, T, KIDS(D, X)); }
statement(A) ::= TEST_EVENT(T) on date(D). { A = N(b, AST_TEST_EVENT, T, KIDS(D)); }
statement(A) ::= TEST_PROMISED(T) date(X) on date(D). { A = N(b, AST_TEST_EVENT, T, KIDS(D, X)); }
statement(A) ::= TEST_REPLIED(T) text_opt(X) on date(D). { A = N(b, AST_TEST_EVENT, T, KIDS(D, X)); }
statement(A) ::= TEST_OPTED_OUT(T) channel(X) on date(D). { A = N(b, AST_TEST_EVENT, T, KIDS(D, X)); }
statement(A) ::= TEST_DUE(T) date(X) on date(D). { A = N(b, AST_TEST_EVENT, T, KIDS(D, X)); }

/* actions */
action(A) ::= SEND(T) channel(C) message(M) send_clauses(L) or_else(E). { A = N(b, AST_SEND, T, KIDS(C, M, L, E)); }
message(A) ::= TEMPLATE(T) text(X). { A = N(b, AST_TEMPLATE, T, KIDS(X)); }
message(A) ::= text(X). { A = X; }
send_clauses(A) ::= . { A = ast_bag(b, NULL); }
send_clauses(A) ::= send_clauses(L) to who(W). { A = ast_clause(b, L, N(b, AST_TO, NULL, KIDS(W))); }
send_clauses(A) ::= send_clauses(L) WITH(T) items(W). { A = ast_clause(b, L, N(b, AST_WITH, T, KIDS(W))); }
or_else(A) ::= . { A = NULL; }
or_else(A) ::= OR_ELSE(T) channel(C) send_clauses(L) or_else(E). { A = N(b, AST_ELSE, T, KIDS(C, L, E)); }
or_else(A) ::= OR_ELSE(T) channel(C) message(M) send_clauses(L) or_else(E). { A = N(b, AST_ELSE, T, KIDS(C, M, L, E)); }
items(A) ::= path(P). { A = ast_bag(b, P); }
items(A) ::= items(L) COMMA path(P). { A = ast_add(b, L, P); }
items(A) ::= items(L) AND path(P). { A = ast_add(b, L, P); }
who(A) ::= path(P). { A = N(b, AST_WHO, NULL, KIDS(P)); }
who(A) ::= text(X). { A = N(b, AST_WHO, NULL, KIDS(X)); }
action(A) ::= ALERT(T) name(P) text(X) via(V). { A = ast_named(b, AST_ALERT, T, P, KIDS(X, V)); }
via(A) ::= . { A = NULL; }
via(A) ::= VIA(T) channel(C). { A = N(b, AST_VIA, T, KIDS(C)); }
action(A) ::= ESCALATE(T) to who(W) text_opt(X). { A = N(b, AST_ESCALATE, T, KIDS(W, X)); }
action(A) ::= ESCALATE(T) who(W) text_opt(X). { A = N(b, AST_ESCALATE, T, KIDS(W, X)); }
action(A) ::= OPEN_CARD(T) text(X) card_clauses(L). { A = N(b, AST_OPEN_CARD, T, KIDS(X, L)); }
card_clauses(A) ::= . { A = ast_bag(b, NULL); }
card_clauses(A) ::= card_clauses(L) card_clause(C). { A = ast_clause(b, L, C); }
card_clause(A) ::= TITLED(T) text(X). { A = N(b, AST_TITLED, T, KIDS(X)); }
card_clause(A) ::= PRIORITY(T) name(P). { A = ast_named(b, AST_PRIORITY, T, P, NO_KIDS); }
card_clause(A) ::= for who(W). { A = N(b, AST_FOR_WHO, NULL, KIDS(W)); }
card_clause(A) ::= DUE(T) in duration(D). { A = N(b, AST_DUE_IN, T, KIDS(D)); }
action(A) ::= MOVE_CARD(T) text(X). { A = N(b, AST_MOVE_CARD, T, KIDS(X)); }
action(A) ::= CLOSE_CARD(T). { A = N(b, AST_CLOSE_CARD, T, NO_KIDS); }
action(A) ::= CHARGE(T) fee_word(X). { A = N(b, AST_CHARGE, X, NO_KIDS); A->op = ast_fee_op(X); ast_cover(A, T, X); }
%type fee_word {const token *}
fee_word(A) ::= FEE(T). { A = T; }
fee_word(A) ::= FEE_EITHER(T). { A = T; }
fee_word(A) ::= LATE_FEE(T). { A = T; }
fee_word(A) ::= INTEREST(T). { A = T; }
action(A) ::= UPDATE_DUE(T) to_value(X). { A = N(b, AST_UPDATE_DUE, T, KIDS(X)); }
to_value(A) ::= . { A = NULL; }
to_value(A) ::= to sum(X). { A = N(b, AST_TO, NULL, KIDS(X)); }
action(A) ::= WRITE_OFF(T). { A = N(b, AST_WRITE_OFF, T, NO_KIDS); }
action(A) ::= SUSPEND(T). { A = N(b, AST_SUSPEND, T, NO_KIDS); }
action(A) ::= RESUME(T). { A = N(b, AST_RESUME, T, NO_KIDS); }
action(A) ::= MARK(T) name(P). { A = ast_named(b, AST_MARK, T, P, NO_KIDS); }
action(A) ::= TAG(T) text(X). { A = N(b, AST_TAG, T, KIDS(X)); }
action(A) ::= LOG(T) text(X). { A = N(b, AST_LOG, T, KIDS(X)); }
action(A) ::= CALL_WEBHOOK(T) name(P) with(W). { A = ast_named(b, AST_WEBHOOK, T, P, KIDS(W)); }
with(A) ::= . { A = NULL; }
with(A) ::= WITH(T) items(L). { A = N(b, AST_WITH, T, KIDS(L)); }
action(A) ::= BILL(T). { A = N(b, AST_BILL, T, NO_KIDS); }
action(A) ::= BILL(T) prorated(P). { A = N(b, AST_BILL, T, KIDS(P)); }
action(A) ::= CONTRACT_ACTION(T). { A = N(b, AST_CONTRACT_ACTION, T, NO_KIDS); }
action(A) ::= ADJUST(T) adjust_by(X) adjust_clauses(L). { A = N(b, AST_ADJUST, T, KIDS(X, L)); }
adjust_by(A) ::= INDEX(T) text(X). { A = N(b, AST_INDEX, T, KIDS(X)); }
adjust_by(A) ::= amount(X). { A = X; }
adjust_by(A) ::= SUB(T) amount(X). { A = ast_negated(b, T, X); }
adjust_clauses(A) ::= . { A = ast_bag(b, NULL); }
adjust_clauses(A) ::= adjust_clauses(L) adjust_clause(C). { A = ast_clause(b, L, C); }
adjust_clause(A) ::= OVER(T) duration(D). { A = N(b, AST_OVER, T, KIDS(D)); }
adjust_clause(A) ::= LAGGING(T) duration(D). { A = N(b, AST_LAGGING, T, KIDS(D)); }
adjust_clause(A) ::= ADJUST_KIND(T). { A = N(b, AST_ADJUST_KIND, T, NO_KIDS); }
adjust_clause(A) ::= AT_LEAST(T) amount(X). { A = N(b, AST_AT_LEAST, T, KIDS(X)); }
adjust_clause(A) ::= ONLY_UP(T). { A = N(b, AST_AT_LEAST, T, NO_KIDS); }
adjust_clause(A) ::= AT_MOST(T) amount(X). { A = N(b, AST_AT_MOST, T, KIDS(X)); }
adjust_clause(A) ::= PLUS(T) amount(X). { A = N(b, AST_PLUS, T, KIDS(X)); }
action(A) ::= DOCUMENT(T) text(X). { A = N(b, AST_DOCUMENT, T, KIDS(X)); }
action(A) ::= SIGNATURE(T). { A = N(b, AST_SIGNATURE, T, NO_KIDS); }

%code {
/* What would be taken instead: token `major` against a copy of the stack's states, without any fallback. */
static int would_take(const YYACTIONTYPE *from, int depth, YYCODETYPE major) {
  YYACTIONTYPE states[PARSER_STACK_MAX + 2];
  memcpy(states, from, (size_t)depth * sizeof *states);
  for (;;) {
    YYACTIONTYPE act = states[depth - 1];
    if (act <= YY_MAX_SHIFT) {
      int i = yy_shift_ofst[act] + major;
      act = yy_lookahead[i] == major ? yy_action[i] : yy_default[act];
    }
    if (act == YY_ACCEPT_ACTION || act <= YY_MAX_SHIFTREDUCE) return 1;
    if (act < YY_MIN_REDUCE) return 0;
    unsigned rule = act - YY_MIN_REDUCE;
    depth += yyRuleInfoNRhs[rule]; /* the count is negative */
    if (depth > PARSER_STACK_MAX) return 0;
    states[depth] = yy_find_reduce_action(states[depth - 1], yyRuleInfoLhs[rule]);
    depth++;
  }
}

void parse_statement(builder *b, const token *first) {
  yyParser p;
  YYACTIONTYPE before[PARSER_STACK_MAX + 2]; /* the states before the token at hand, for messages */
  parseInit(&p, b);
  for (const token *t = first;; t++) {
    int depth = (int)(p.yytos - p.yystack) + 1;
    for (int i = 0; i < depth; i++) before[i] = p.yystack[i].stateno;
    parse(&p, t->type, t);
    if (b->failed) {
      for (int major = 0; major < YYNTOKEN; major++) b->expected[major] = would_take(before, depth, (YYCODETYPE)major);
      break;
    }
    if (t->type == 0) break;
  }
  parseFinalize(&p);
}

bool parse_expected(builder *b, const token *first, size_t count) {
  yyParser p;
  parseInit(&p, b);
  for (size_t i = 0; i < count && !b->failed; i++) parse(&p, first[i].type, &first[i]);
  YYACTIONTYPE states[PARSER_STACK_MAX + 2];
  int depth = (int)(p.yytos - p.yystack) + 1;
  for (int i = 0; i < depth; i++) states[i] = p.yystack[i].stateno;
  for (int major = 0; major < YYNTOKEN && !b->failed; major++)
    b->expected[major] = would_take(states, depth, (YYCODETYPE)major);
  parseFinalize(&p);
  return !b->failed;
}

const char *parse_token_name(int type) {
#ifndef NDEBUG
  return yyTokenName[type];
#else
  (void)type;
  return "";
#endif
}

static_assert(YYNTOKEN <= TOKEN_TYPES_MAX, "builder.expected has room for every token");
}
