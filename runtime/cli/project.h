/* A project is a folder with `policies/`, `templates/` and `calendars/`; a folder with a policy and its templates
 * beside it is one too. What a command is given may be a policy, a project, or nothing: then the project is the folder
 * at hand. */
#ifndef DUN_CLI_PROJECT_H
#define DUN_CLI_PROJECT_H

#include "args.h"
#include "lang/base/embedded.h"

/* The policies that the words name, in their order; of a folder, those of its `policies/`, else its own, in byte order,
 * but for files that another one of them includes. None is an error: what is wrong is said, EXIT_FINE: there is one at
 * least. */
int project_policies(const args *a, world *w, const slice *words, size_t word_count, slice **paths, size_t *count);
/* The one policy that is meant: several are an error. `word` NULL: the folder at hand. `how`: what to write instead. */
int project_policy(const args *a, world *w, const slice *word, text_id how, slice *path);

/* Every file that the command's words name: of a folder each .dun file in it and below it, in byte order, what is
 * included as well. A folder without one is an error. */
enum { PROJECT_DEPTH_MAX = 32 };
int project_files(const args *a, world *w, slice **paths, size_t *count);

/* The folder NAME of the policy's project: beside the policy, else beside its folder; where neither is, the first. */
slice project_folder(world *w, arena *perm, slice policy_folder, const char *name);

/* The project's calendars in front of the embedded ones, as a table. NULL: `*why` says what cannot be read. */
const struct embedded *project_calendars(world *w, arena *perm, slice policy_folder, dun_lang lang, slice *why);

#endif
