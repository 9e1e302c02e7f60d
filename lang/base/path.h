/* Paths as text: which folder a file stands in, and what a path written in that file means. Nothing is looked up: the
 * same texts give the same path everywhere, so that one file included by two ways has one name. */
#ifndef DUN_BASE_PATH_H
#define DUN_BASE_PATH_H

#include "arena.h"
#include "slice.h"

/* "a/b.dun" -> "a", "b.dun" -> ".", "/b.dun" -> "/". A part of `path`, or a constant. */
slice path_folder(slice path);
/* "a/b.dun" -> "b.dun" */
slice path_base(slice path);
/* `path` as written in a file of `folder`: without "." and, where that can be told, without ".."; "." where nothing is
 * left. An absolute path stays one. */
slice path_join(arena *perm, slice folder, slice path);
/* The path from `folder` to `path`, both as path_join gives them: path_join(folder, result) is `path`. */
slice path_from(arena *perm, slice folder, slice path);

#endif
