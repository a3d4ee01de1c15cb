#include "db/code.h"

#include <string.h>

#include "base/mem.h"
#include "db/store.h"
#include "relay/entry.h"

/* Which fields of an entry are there: most of them are empty in most entries.  The bits not
 * given a name are for later versions. */
enum {
	HAS_TABLE_VALUE = 1 << 0,
	HAS_CUSTOMER = 1 << 1,
	HAS_CONTACT = 1 << 2,
	HAS_NOTE = 1 << 3,
	HAS_CONTRACT_END = 1 << 4,
	HAS_CONFIRMED = 1 << 5,
	HAS_REVIEWED = 1 << 6,
	HAS_PIN = 1 << 7,
	HAS_PIN_UNTIL = 1 << 8,
	HAS_PIN_NOTE = 1 << 9,
	HAS_NOTICE = 1 << 10,
	HAS_NOTICE_TICKET = 1 << 11,
	HAS_ACKNOWLEDGED = 1 << 12,
	HAS_BROWNOUT = 1 << 13,
	HAS_ALL = (1 << 14) - 1
};

/* --- entry --- */

static unsigned bit_if(int condition, unsigned bit)
{
	return condition ? bit : 0;
}

static unsigned bit_if_text(const char *text, unsigned bit)
{
	return text && *text ? bit : 0;
}

static unsigned fields_of(const struct entry *e)
{
	return bit_if_text(e->table_value, HAS_TABLE_VALUE) |
	       bit_if_text(e->customer, HAS_CUSTOMER) | bit_if_text(e->contact, HAS_CONTACT) |
	       bit_if_text(e->note, HAS_NOTE) | bit_if(e->contract_end != 0, HAS_CONTRACT_END) |
	       bit_if(e->confirmed != 0, HAS_CONFIRMED) |
	       bit_if(e->reviewed != 0, HAS_REVIEWED) | bit_if(e->pin != PIN_NONE, HAS_PIN) |
	       bit_if(e->pin_until != 0, HAS_PIN_UNTIL) |
	       bit_if_text(e->pin_note, HAS_PIN_NOTE) |
	       bit_if(e->notice_deadline != 0, HAS_NOTICE) |
	       bit_if_text(e->notice_ticket, HAS_NOTICE_TICKET) |
	       bit_if(e->acknowledged != 0, HAS_ACKNOWLEDGED) | bit_if(e->brown_until != 0, HAS_BROWNOUT);
}

static void add_text_if(struct str *out, unsigned has, unsigned bit, const char *text)
{
	if (has & bit)
		value_add_text(out, text);
}

static void add_time_if(struct str *out, unsigned has, unsigned bit, int64_t t)
{
	if (has & bit)
		value_add_signed(out, t);
}

void code_add_entry(struct str *out, const struct entry *e)
{
	unsigned has = fields_of(e);

	value_add_number(out, has);
	value_add_signed(out, e->added);
	add_text_if(out, has, HAS_TABLE_VALUE, e->table_value);
	add_text_if(out, has, HAS_CUSTOMER, e->customer);
	add_text_if(out, has, HAS_CONTACT, e->contact);
	add_text_if(out, has, HAS_NOTE, e->note);
	add_time_if(out, has, HAS_CONTRACT_END, e->contract_end);
	add_time_if(out, has, HAS_CONFIRMED, e->confirmed);
	add_time_if(out, has, HAS_REVIEWED, e->reviewed);
	if (has & HAS_PIN)
		value_add_byte(out, e->pin);
	add_time_if(out, has, HAS_PIN_UNTIL, e->pin_until);
	add_text_if(out, has, HAS_PIN_NOTE, e->pin_note);
	add_time_if(out, has, HAS_NOTICE, e->notice_deadline);
	add_text_if(out, has, HAS_NOTICE_TICKET, e->notice_ticket);
	if (has & HAS_ACKNOWLEDGED)
		value_add_u64(out, e->acknowledged);
	if (has & HAS_BROWNOUT) {
		value_add_signed(out, e->brown_since);
		value_add_signed(out, e->brown_until);
		value_add_text(out, e->brown_reason);
		value_add_text(out, e->brown_ticket);
	}
}

static const char *text_if(struct value_reader *r, uint64_t has, unsigned bit)
{
	return has & bit ? value_text(r, NULL) : "";
}

static int64_t time_if(struct value_reader *r, uint64_t has, unsigned bit)
{
	return has & bit ? value_signed(r) : 0;
}

enum code_result code_read_entry(struct value_reader *r, struct entry *out)
{
	uint64_t has = value_number(r);

	if (has & ~(uint64_t)HAS_ALL)
		return CODE_NEWER;
	out->added = value_signed(r);
	out->table_value = text_if(r, has, HAS_TABLE_VALUE);
	out->customer = text_if(r, has, HAS_CUSTOMER);
	out->contact = text_if(r, has, HAS_CONTACT);
	out->note = text_if(r, has, HAS_NOTE);
	out->contract_end = time_if(r, has, HAS_CONTRACT_END);
	out->confirmed = time_if(r, has, HAS_CONFIRMED);
	out->reviewed = time_if(r, has, HAS_REVIEWED);
	/* A reason that only a newer version knows still keeps the entry (relay/entry.c). */
	out->pin = has & HAS_PIN ? value_byte(r) : PIN_NONE;
	out->pin_until = time_if(r, has, HAS_PIN_UNTIL);
	out->pin_note = text_if(r, has, HAS_PIN_NOTE);
	out->notice_deadline = time_if(r, has, HAS_NOTICE);
	out->notice_ticket = text_if(r, has, HAS_NOTICE_TICKET);
	out->acknowledged = has & HAS_ACKNOWLEDGED ? value_u64(r) : 0;
	out->brown_since = time_if(r, has, HAS_BROWNOUT);
	out->brown_until = time_if(r, has, HAS_BROWNOUT);
	out->brown_reason = text_if(r, has, HAS_BROWNOUT);
	out->brown_ticket = text_if(r, has, HAS_BROWNOUT);
	return value_is_done(r) ? CODE_OK : CODE_DAMAGED;
}

static const char *copy(struct arena *a, const char *text)
{
	return *text ? arena_string(a, text, strlen(text)) : "";
}

void code_copy_entry(struct entry *e, struct arena *a)
{
	e->table_value = copy(a, e->table_value);
	e->customer = copy(a, e->customer);
	e->contact = copy(a, e->contact);
	e->note = copy(a, e->note);
	e->pin_note = copy(a, e->pin_note);
	e->notice_ticket = copy(a, e->notice_ticket);
	e->brown_reason = copy(a, e->brown_reason);
	e->brown_ticket = copy(a, e->brown_ticket);
}

/* --- observation --- */

static size_t address_size(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

static void add_tally(struct str *out, const struct tally *t)
{
	unsigned changes = 0;

	while (changes < TALLY_CHANGES && t->change[changes])
		changes++;
	value_add_u64(out, t->sets);
	value_add_byte(out, t->class);
	value_add_byte(out, t->reason);
	value_add_byte(out, (uint8_t)(t->deletion | t->rule << 4));
	value_add_signed(out, t->last);
	value_add_signed(out, t->first);
	value_add_number(out, t->count);
	value_add_number(out, t->days);
	value_add_signed(out, t->flapped);
	value_add_number(out, changes);
	for (unsigned i = 0; i < changes; i++)
		value_add_signed(out, t->change[i]);
}

/* What the time rules keep; before the targets, which a walk passes over. */
static void add_counted(struct str *out, const struct observed *o)
{
	value_add_u64(out, o->ns);
	value_add_signed(out, o->unknown_since);
	value_add_byte(out, o->varies);
	value_add_byte(out, o->was_listed);
	value_add_number(out, o->distrusted);
	value_add_byte(out, o->news);
	value_add_byte(out, o->repeat);
	value_add_byte(out, o->counted_class);
	value_add_byte(out, o->definite_class);
	value_add_byte(out, o->definite_reason);
	value_add_signed(out, o->hold_until);
	value_add_byte(out, (uint8_t)(o->n_tallies | o->n_months << 4));
	for (unsigned i = 0; i < o->n_tallies; i++)
		add_tally(out, &o->tally[i]);
	for (unsigned i = 0; i < o->n_months; i++) {
		value_add_number(out, (uint64_t)o->month[i].month);
		value_add_number(out, o->month[i].checks);
		value_add_number(out, o->month[i].away);
	}
}

static size_t address_count(const struct observed_mx *mx)
{
	size_t n = mx->n_addresses;

	for (int age = 0; age < OBSERVED_RECENT; age++)
		n += mx->n_recent[age];
	return n;
}

void code_add_observed(struct str *out, const struct observed *o)
{
	size_t addresses = 0;

	value_add_byte(out, o->verdict.class);
	value_add_byte(out, o->verdict.reason);
	value_add_byte(out, (uint8_t)(o->verdict.severity | o->verdict.deletion << 4));
	value_add_number(out, o->verdict.flags);
	value_add_signed(out, o->since);
	value_add_signed(out, o->time);
	value_add_number(out, o->count);
	value_add_number(out, o->days);
	value_add_number(out, o->scan);
	value_add_u64(out, o->sets);
	value_add_text(out, o->resolver);
	value_add_signed(out, o->rcode);
	value_add_signed(out, o->ede);
	value_add_signed(out, o->authenticated);
	value_add_number(out, o->ttl);
	value_add_text(out, o->chain);
	value_add_text(out, o->each ? o->each : "");
	add_counted(out, o);
	for (size_t i = 0; i < o->n_mx; i++)
		addresses += address_count(&o->mx[i]);
	value_add_number(out, o->n_mx);
	value_add_number(out, addresses);
	for (size_t i = 0; i < o->n_mx; i++) {
		const struct observed_mx *mx = &o->mx[i];

		value_add_number(out, mx->preference);
		value_add_signed(out, mx->ours);
		value_add_text(out, mx->target);
		value_add_number(out, mx->n_addresses);
		/* Few have any that went away lately. */
		value_add_byte(out, address_count(mx) > mx->n_addresses);
		for (int age = 0; address_count(mx) > mx->n_addresses && age < OBSERVED_RECENT; age++)
			value_add_byte(out, mx->n_recent[age]);
		for (size_t k = 0; k < address_count(mx); k++) {
			value_add_byte(out, mx->address[k].family);
			str_add_bytes(out, mx->address[k].bytes,
				      address_size(mx->address[k].family));
		}
	}
}

static struct mx_room make_room(struct arena *a, struct mx_room *room, size_t n_mx,
				size_t n_addresses)
{
	if (a)
		return (struct mx_room){
			arena_alloc(a, n_mx * sizeof(struct observed_mx)),
			arena_alloc(a, n_addresses * sizeof(struct net_address)), n_mx,
			n_addresses};
	if (n_mx > room->n_mx) {
		room->mx = mem_array(room->mx, n_mx, sizeof *room->mx);
		room->n_mx = n_mx;
	}
	if (n_addresses > room->n_addresses) {
		room->address = mem_array(room->address, n_addresses, sizeof *room->address);
		room->n_addresses = n_addresses;
	}
	return *room;
}

static void read_address(struct value_reader *r, struct net_address *out)
{
	size_t size;

	*out = (struct net_address){.family = value_byte(r)};
	size = address_size(out->family);
	if ((out->family != 4 && out->family != 6) || value_left(r) < size) {
		r->bad = 1;
		return;
	}
	memcpy(out->bytes, r->at, size);
	r->at += size;
}

/* Which of the later fields an observation was written with. */
struct form {
	unsigned each : 1, lately : 1;
};
static const struct form newest = {.each = 1, .lately = 1};

static void read_mx(struct value_reader *r, struct form form, struct observed_mx *out,
		    struct net_address *address, size_t room)
{
	uint64_t preference = value_number(r), n;
	int64_t ours = value_signed(r);
	size_t len;
	const char *target = value_text(r, &len);

	n = value_number(r);
	memset(out->n_recent, 0, sizeof out->n_recent);
	out->n_addresses = n;
	if (form.lately && value_byte(r))
		for (int age = 0; age < OBSERVED_RECENT; age++)
			out->n_recent[age] = value_byte(r);
	if (preference > UINT16_MAX || ours < -1 || ours > 1 || len >= sizeof out->target ||
	    n > room || address_count(out) > room) {
		r->bad = 1;
		len = 0;
		out->n_addresses = 0;
		memset(out->n_recent, 0, sizeof out->n_recent);
	}
	out->preference = (uint16_t)preference;
	out->ours = (int8_t)ours;
	memcpy(out->target, target, len);
	out->target[len] = '\0';
	out->address = address;
	for (size_t i = 0; address && i < address_count(out) && !r->bad; i++)
		read_address(r, &address[i]);
}

static void read_targets(struct value_reader *r, struct form form, struct observed *out, struct arena *a,
			 struct mx_room *room)
{
	uint64_t n = value_number(r), addresses = value_number(r), used = 0;
	struct mx_room to;

	/* Each target takes at least four bytes and each address five, so what does not fit
	 * cannot be. */
	if (r->bad || n > value_left(r) / 4 || addresses > value_left(r) / 5) {
		r->bad = 1;
		return;
	}
	if (n == 0)
		return;
	if (!a && !room) {
		r->at = r->end;
		return;
	}
	to = make_room(a, room, n, addresses);
	for (size_t i = 0; i < n && !r->bad; i++) {
		read_mx(r, form, &to.mx[i], addresses ? to.address + used : NULL, addresses - used);
		used += address_count(&to.mx[i]);
	}
	out->mx = to.mx;
	out->n_mx = r->bad ? 0 : n;
}

static int small_signed(struct value_reader *r)
{
	int64_t n = value_signed(r);

	if (n >= -1 && n <= UINT16_MAX)
		return (int)n;
	r->bad = 1;
	return -1;
}

static void read_tally(struct value_reader *r, struct tally *out)
{
	uint64_t changes;
	uint8_t both;

	*out = (struct tally){.sets = value_u64(r)};
	out->class = value_byte(r);
	out->reason = value_byte(r);
	both = value_byte(r);
	out->deletion = both & 0x0f;
	out->rule = both >> 4;
	out->last = value_signed(r);
	out->first = value_signed(r);
	out->count = value_number32(r);
	out->days = value_number32(r);
	out->flapped = value_signed(r);
	changes = value_number(r);
	if (changes > TALLY_CHANGES)
		r->bad = 1;
	for (uint64_t i = 0; i < changes && !r->bad; i++)
		out->change[i] = value_signed(r);
}

static void read_month(struct value_reader *r, struct observed_month *out)
{
	out->month = (int32_t)(value_number32(r) & INT32_MAX);
	out->checks = value_number32(r);
	out->away = value_number32(r);
}

static void read_counted(struct value_reader *r, struct form form, struct observed *out)
{
	uint8_t both;

	out->ns = value_u64(r);
	out->unknown_since = value_signed(r);
	out->varies = form.lately ? value_byte(r) : 0;
	out->was_listed = value_byte(r);
	out->distrusted = value_number32(r);
	out->news = value_byte(r);
	out->repeat = value_byte(r);
	out->counted_class = value_byte(r);
	out->definite_class = value_byte(r);
	out->definite_reason = value_byte(r);
	out->hold_until = value_signed(r);
	both = value_byte(r);
	out->n_tallies = both & 0x0f;
	out->n_months = both >> 4;
	if (out->n_tallies > TALLY_MAX || out->n_months > OBSERVED_MONTHS) {
		out->n_tallies = out->n_months = 0;
		r->bad = 1;
	}
	for (unsigned i = 0; i < out->n_tallies; i++)
		read_tally(r, &out->tally[i]);
	for (unsigned i = 0; i < out->n_months; i++)
		read_month(r, &out->month[i]);
}

/* Codes only ever grow, so what we do not know was written by who knows more. */
static int has_newer_codes(const struct observed *o)
{
	int newer = o->verdict.class >= N_CLASSES || o->verdict.reason >= N_REASONS || o->verdict.severity > 3 ||
		    o->verdict.deletion > DELETE_C2 || o->verdict.flags >> N_FLAGS || o->counted_class >= N_CLASSES ||
		    o->definite_class >= N_CLASSES || o->definite_reason >= N_REASONS;

	for (unsigned i = 0; i < o->n_tallies; i++)
		newer |= o->tally[i].class >= N_CLASSES || o->tally[i].reason >= N_REASONS ||
			 o->tally[i].deletion > DELETE_C2 || o->tally[i].rule > DELETE_C2;
	return newer;
}

static enum code_result read_form(struct value_reader *r, struct form form, struct observed *out, struct arena *a,
				  struct mx_room *room)
{
	uint8_t both;

	out->verdict.class = value_byte(r);
	out->verdict.reason = value_byte(r);
	both = value_byte(r);
	out->verdict.severity = both & 0x0f;
	out->verdict.deletion = both >> 4;
	out->verdict.flags = value_number32(r);
	out->since = value_signed(r);
	out->time = value_signed(r);
	out->count = value_number32(r);
	out->days = value_number32(r);
	out->scan = value_number32(r);
	out->sets = value_u64(r);
	out->resolver = value_text(r, NULL);
	out->rcode = small_signed(r);
	out->ede = small_signed(r);
	out->authenticated = small_signed(r);
	out->ttl = value_number32(r);
	out->chain = value_text(r, NULL);
	out->each = form.each ? value_text(r, NULL) : "";
	read_counted(r, form, out);
	out->mx = NULL;
	out->n_mx = 0;
	read_targets(r, form, out, a, room);
	if (!value_is_done(r))
		return CODE_DAMAGED;
	if (has_newer_codes(out))
		return CODE_NEWER;
	if (a) {
		out->resolver = copy(a, out->resolver);
		out->chain = copy(a, out->chain);
		out->each = copy(a, out->each);
	}
	return CODE_OK;
}

/* Of the forms of version 1 one fits to the last byte and holds nothing unknown; the targets are read even when they
 * are not wanted, since the last bytes are theirs.  The oldest first: of the others there are few. */
static enum code_result read_first_version(struct value_reader *r, struct observed *out, struct arena *a,
					   struct mx_room *room)
{
	static const struct form forms[] = {{0, 0}, {1, 0}, {1, 1}};
	const struct value_reader start = *r;
	enum code_result result = CODE_DAMAGED;
	struct mx_room unwanted = {0};

	for (size_t i = 0; i < sizeof forms / sizeof *forms && result != CODE_OK; i++) {
		*r = start;
		result = read_form(r, forms[i], out, a, a || room ? room : &unwanted);
	}
	if (!a && !room) {
		mx_room_clear(&unwanted);
		out->mx = NULL;
		out->n_mx = 0;
	}
	return result == CODE_OK ? CODE_OK : CODE_DAMAGED;
}

enum code_result code_read_observed(struct value_reader *r, struct observed *out, struct arena *a, struct mx_room *room)
{
	return r->version < CODE_OBSERVED_VERSION ? read_first_version(r, out, a, room)
						   : read_form(r, newest, out, a, room);
}
