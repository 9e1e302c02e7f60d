/* A channel carries a rendered message to somebody. Each way to do it is one constant descriptor and one file: `connect
 * email smtp ...` is one, the files of the outbox folder (nothing is sent, everything can be read) are the default.
 *
 * Invariant: what a send says keeps to stdlib/net/outcome.h. */
#ifndef DUN_CHANNEL_CHANNEL_H
#define DUN_CHANNEL_CHANNEL_H

#include "lang/check/program.h"
#include "runtime/world.h"
#include "stdlib/net/hook.h"
#include "stdlib/net/outcome.h"
#include "stdlib/net/settings.h"

typedef struct channel_message {
  channel ch;
  slice key; /* SHA-256 of the decision's key, hex: the same for every try of one decision */
  slice to_name, to;
  slice subject, text, html; /* subject and html of e-mail only; html may be empty */
  civil_date day;
  slice customer, number; /* ids, for a file's name */
  slice form;             /* an approved template of the provider with its values (form.h); empty: the text as it is */
  slice country;          /* the customer's: how a telephone number without its calling code is read */
  int64_t heard_s;        /* when the customer last wrote on this channel, seconds since 1970; 0: not known */
  bool to_customer;       /* not to our own people */
  slice thread[2];        /* what the receiver called earlier messages about the same: the first, the last */
  bool unreached;         /* of e-mail: the address was none when it was last written to (unreached.h) */
  slice leave_url;        /* of e-mail: who asks for it gets no more of them; empty: there is none */
  const slice *made;      /* of an order: what the receiver called what earlier ones of its rule about the same made */
  size_t made_count;
  const struct email_part *parts; /* of e-mail: pictures of the page, attachments (stdlib/net/email.h) */
  size_t part_count;
} channel_message;

typedef struct sender sender;

typedef struct sender_options {
  const connection *connect; /* NULL: files */
  slice outbox;              /* the folder of the files */
  slice policy;              /* its name: what a file says it is from */
  const program *p;          /* where a channel is made of more than one line: teams, webhooks */
} sender_options;

/* What a channel takes: so many a minute, and so many at once after a pause; and how many calls go on at a time. */
typedef struct channel_rate {
  uint32_t per_minute, at_once; /* 0: any number */
  uint32_t together;            /* 0: 1 */
} channel_rate;

/* How the provider knows the templates that it has approved (form.h). */
typedef enum channel_forms {
  FORMS_NONE,
  FORMS_BY_NAME, /* name and language; values of the header, of the text, of buttons */
  FORMS_BY_SID   /* an id of its own; numbered values */
} channel_forms;

/* An approved template as a file of the policy names and fills it. */
typedef struct form_asked {
  slice name, lang; /* `lang` empty: the name says it all */
  uint32_t texts;   /* values of its text */
  bool header;      /* and one of its header */
  uint32_t buttons; /* a bit each whose address gets a value: 1 the first */
} form_asked;

/* A finding of `dun doctor`: fine, or what is wrong and what to do. */
typedef void channel_say(void *self, bool fine, slice what, slice remedy);

typedef struct channel_driver {
  const char *kind, *vendor; /* `connect KIND VENDOR`; NULL vendor: without a connect line */
  unsigned channels;         /* bit per channel */
  bool real;                 /* messages leave this machine */
  /* NULL: *why says what is wrong in the connect line. Nothing is reached yet. */
  sender *(*open)(world *w, arena *perm, const sender_options *o, slice *why);
  send_result (*send)(sender *s, const channel_message *m, arena *perm);
  /* Several at once: together they take no longer than one may. NULL: one after the other by `send`. */
  void (*send_all)(sender *s, const channel_message *v, size_t n, send_result *out, arena *perm);
  void (*close)(sender *s); /* NULL is allowed */
  channel_rate rate;        /* where the connect line has no `rate`, and no `at_once` */
  uint32_t together_max;    /* what `at_once` may say; 0: not more than `rate` has */
  uint32_t apart_s;         /* between two messages to one receiver */
  bool each_alone;          /* each receiver is a service of its own: the failures of one say nothing of another */
  bool honours_key;         /* the same key is carried out once: an unknown outcome may be tried again */
  /* What the receiver will call the message, as far as that is known before the call; NULL: it is not. */
  slice (*name)(sender *s, const channel_message *m, arena *perm);
  /* What became of a message whose answer is missing: SEND_ACCEPTED, SEND_RETRY (surely nothing arrived) or
   * SEND_UNKNOWN. `begun_s`: when the call was made, seconds since 1970. NULL: it cannot be found out. */
  send_result (*find)(sender *s, const channel_message *m, int64_t begun_s, arena *perm);
  channel_forms forms;
  hook_reader *hook;   /* statuses and what people write; NULL: nothing comes back by itself */
  const char *address; /* where it is, if the line says nothing: `dun doctor` asks its clock */
  /* `dun doctor`: is it reached, are we let in; sends nothing. One finding a call of `say`. NULL: nothing harmless can
   * be asked. */
  bool (*check)(sender *s, void (*say)(void *self, bool fine, slice what, slice remedy), void *self, arena *perm);
  uint32_t parts_max;      /* bytes of files that one message may take along; 0: none */
  bool hook_signs_address; /* its signature covers the address that the provider calls: that must be known */
  /* `dun doctor`: whether the provider has these templates, approved and with as many values. NULL: not to be asked. */
  void (*check_forms)(sender *s, const form_asked *v, size_t n, channel_say *say, void *self, arena *perm);
} channel_driver;

/* The driver of a channel under the policy's connect lines, and the line. NULL: there is a line, but nothing in this
 * program speaks to that vendor. */
const channel_driver *channel_driver_of(const program *p, channel ch, const connection **connect);

extern const channel_driver EMAIL_SMTP, EMAIL_OUTLOOK, SMS_TWILIO, WHATSAPP_TWILIO, WHATSAPP_CLOUD, TEAM_TEAMS,
    TEAM_SLACK, OUTBOX_FILES;
/* What carries orders, not messages (runtime/outbox/outlet.h): no channel is in `channels`. */
extern const channel_driver ORDER_WEBHOOK;

/* `with rate "30 per minute"` (or second, or hour) and `at_once "8"`: what the line says, else the driver's own. False:
 * *why says which cannot be read. */
bool connection_rate(world *w, const channel_driver *d, const connection *c, channel_rate *out, slice *why);

#endif
