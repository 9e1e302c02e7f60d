/* The formatter: a syntax tree back to text, in one canonical layout, with its comments; and the same program in
 * another language. Pure.
 *
 * Invariant: for a file without errors, the tree of what fmt_file writes is the tree it was given (fmt_same), its
 * comments are there in order, and formatting once more changes nothing. */
#ifndef DUN_FMT_FMT_H
#define DUN_FMT_FMT_H

#include "lang/syntax/ast.h"

/* The text of a file that parsed without an error (`file->ok`), in `perm`. Numbers, names and texts stay as written. */
slice fmt_file(arena *perm, arena *scratch, const source *src, const ast_file *file);

/* Turns the tree into the same program in the language `to`, in place: keywords, fields, values, the `language` line.
 * fmt_file then writes it. Names and texts stay, but for the fields in `{}`; another spelling of a word becomes the
 * canonical one, also where `to` is the file's own language. False: a name of the user's is a word of that language
 * (E0136 in `d`), and the tree is of no use. */
bool fmt_translate(arena *perm, const source *src, ast_file *file, dun_lang to, diags *d);

/* Whether two files say the same: the same tree but for places, and the same comments in the same order. */
bool fmt_same(const source *a_src, const ast_file *a, const source *b_src, const ast_file *b);

/* What turns `before` into `after`, as a unified diff (`--- NAME`, `+++ NAME`, three lines of context); empty where
 * they are equal. */
slice unified_diff(arena *perm, slice before_name, slice after_name, slice before, slice after);

/* Two nodes without their kids: the same kind of thing with the same value. */
bool fmt_same_node(const ast *a, const ast *b);

#endif
