/* HTML to PDF by a program of this machine: see pdf.h. Owns which programs there are and how each is called. */
#include "pdf.h"

#define PAGE "page.html"
#define PAGE_PDF "page.pdf"

/* Whatever a page names but holds not itself is refused. Deterministic: no date, no identifier. */
#define WEASYPRINT_PROGRAM                                                                                             \
  "import sys\n"                                                                                                       \
  "try:\n"                                                                                                             \
  "  import weasyprint\n"                                                                                              \
  "except ImportError:\n"                                                                                              \
  "  sys.exit(3)\n"                                                                                                    \
  "def only_data(url, *a, **k):\n"                                                                                     \
  "  if url[:5].lower() == 'data:': return weasyprint.default_url_fetcher(url, *a, **k)\n"                             \
  "  raise ValueError('not in the page itself')\n"                                                                     \
  "page = open('" PAGE "', encoding='utf-8').read()\n"                                                                 \
  "weasyprint.HTML(string=page, base_url=None, url_fetcher=only_data).write_pdf('" PAGE_PDF "')\n"

enum { WEASYPRINT_NOT_INSTALLED = 3 };

/* A browser is told by the page itself; its first meta counts, whatever follows. */
#define BROWSER_RULES                                                                                                  \
  "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "                         \
  "style-src 'unsafe-inline'; img-src data:; font-src data:\"><meta charset=\"utf-8\">"

typedef struct renderer {
  const char *name;
  const char *there; /* the file that shows that it is installed */
  const char *const *words;
  const char *before;   /* what stands before the page */
  int status_not_there; /* the status that says: not installed; 0: none */
} renderer;

static const char *const weasyprint[] = {"/usr/bin/python3", "-I", "-c", WEASYPRINT_PROGRAM, NULL};
/* Its own sandbox needs rights that a service has not; it is in ours (world_run.c). */
static const char *const chromium[] = {"/usr/bin/chromium",
                                       "--headless",
                                       "--no-sandbox",
                                       "--disable-gpu",
                                       "--disable-dev-shm-usage",
                                       "--no-first-run",
                                       "--no-pdf-header-footer",
                                       "--user-data-dir=profile",
                                       "--print-to-pdf=" PAGE_PDF,
                                       PAGE,
                                       NULL};

static const renderer RENDERERS[] = {
    {"WeasyPrint", "/usr/bin/weasyprint", weasyprint, "", WEASYPRINT_NOT_INSTALLED},
    {"Chromium", "/usr/bin/chromium", chromium, BROWSER_RULES, 0},
};

static const slice INSTALL = {"nothing here makes PDFs: install the package weasyprint (or chromium)", 69};

bool pdf_can(world *w, slice *why) {
  uint32_t mode;
  bool writable, can = !w->mode_of && w->run;
  for (size_t i = 0; w->mode_of && w->run && i < sizeof RENDERERS / sizeof *RENDERERS && !can; i++)
    can = w->mode_of(w, RENDERERS[i].there, &mode, &writable) == WORLD_OK;
  if (!can) *why = INSTALL;
  return can;
}

static pdf no_pdf(pdf_code code, slice why) { return (pdf){.code = code, .why = why}; }

static bool is_pdf(slice s) { return s.n > 8 && memcmp(s.p, "%PDF-", 5) == 0; }

/* Its last line, where it is short and plain: the cause, as the program says it. A page's own words are not in it. */
static pdf refused(const renderer *r, const world_ran *ran, arena *perm) {
  switch (ran->how) {
  case WORLD_RAN_FINE:
    if (is_pdf(ran->output)) return (pdf){.code = PDF_MADE, .bytes = ran->output};
    return no_pdf(PDF_REFUSED, arena_printf(perm, "%s made something that is no PDF", r->name));
  case WORLD_RAN_TOO_LONG:
    return no_pdf(PDF_LATER, arena_printf(perm, "%s took more than %d s", r->name, PDF_SECONDS_MAX));
  case WORLD_RAN_TOO_MUCH:
    return no_pdf(PDF_REFUSED, arena_printf(perm, "the PDF would be larger than %d MB", PDF_BYTES_MAX / 1048576));
  case WORLD_RAN_KILLED:
    return no_pdf(PDF_LATER, arena_printf(perm, "%s was ended by signal %d", r->name, ran->status));
  case WORLD_RAN_FAILED: break;
  }
  return no_pdf(PDF_REFUSED, arena_printf(perm, "%s ended with status %d", r->name, ran->status));
}

static pdf made_by(world *w, const renderer *r, slice html, arena *perm) {
  const world_program program = {.words = r->words,
                                 .input_name = PAGE,
                                 .input = *r->before ? arena_printf(perm, "%s%.*s", r->before, SLICE_ARG(html)) : html,
                                 .output_name = PAGE_PDF,
                                 .time_max_ns = (int64_t)PDF_SECONDS_MAX * 1000000000,
                                 .processor_max_s = PDF_SECONDS_MAX,
                                 .memory_max = (uint64_t)PDF_MEMORY_MAX_MB * 1024 * 1024,
                                 .bytes_max = PDF_BYTES_MAX};
  world_ran ran;
  world_code code = w->run(w, &program, perm, &ran);
  if (code == WORLD_NOT_FOUND) return no_pdf(PDF_NO_PROGRAM, SLICE(""));
  if (code != WORLD_OK)
    return no_pdf(PDF_LATER, arena_printf(perm, "%s does not run: %s", r->name, world_code_text(code)));
  if (ran.how == WORLD_RAN_FAILED && r->status_not_there && ran.status == r->status_not_there)
    return no_pdf(PDF_NO_PROGRAM, SLICE(""));
  return refused(r, &ran, perm);
}

pdf pdf_from_html(world *w, slice html, arena *perm) {
  if (html.n > PDF_HTML_BYTES_MAX)
    return no_pdf(PDF_REFUSED, arena_printf(perm, "the page is larger than %d MB", PDF_HTML_BYTES_MAX / 1048576));
  for (size_t i = 0; w->run && i < sizeof RENDERERS / sizeof *RENDERERS; i++) {
    pdf p = made_by(w, &RENDERERS[i], html, perm);
    if (p.code != PDF_NO_PROGRAM) return p;
  }
  return no_pdf(PDF_NO_PROGRAM, INSTALL);
}
