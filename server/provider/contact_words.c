/* provider/contact_words.c - what contacts were given: attributes and
 * references.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/text.h"
#include "provider/contacts_priv.h"

static void free_words(struct rd_contact_words *w)
{
	rd_free(w->name);
	rd_free(w->type);
	rd_free(w->value);
}

void rd_contact_list_fini(struct rd_contact_list *l)
{
	for (unsigned i = 0; i < l->count; i++)
		free_words(&l->at[i]);
	rd_free(l->at);
	*l = (struct rd_contact_list){ NULL, 0, 0 };
}

static struct rd_contact_words *find(const struct rd_contact_list *l,
				     const char *name)
{
	for (unsigned i = 0; i < l->count; i++)
		if (!strcmp(l->at[i].name, name))
			return &l->at[i];
	return NULL;
}

const char *rd_contact_value(const struct rd_contact_list *l, const char *name)
{
	const struct rd_contact_words *w = find(l, name);

	return w ? w->value : NULL;
}

/* There is room for one more. */
static enum rd_err append(struct rd_contact_list *l, const char *name,
			  const char *type, const char *value)
{
	struct rd_contact_words w = { rd_strdup(name),
				      type ? rd_strdup(type) : NULL,
				      rd_strdup(value) };

	if (!w.name || !w.value || (type && !w.type)) {
		free_words(&w);
		return RD_E_NOMEM;
	}
	l->at[l->count++] = w;
	l->bytes += strlen(name) + strlen(value);
	return RD_OK;
}

static enum rd_err put(struct rd_contact_list *l, const char *name,
		       const char *value)
{
	struct rd_contact_words *w = find(l, name);
	char *copy;

	if (!w)
		return append(l, name, NULL, value);
	copy = rd_strdup(value);
	if (!copy)
		return RD_E_NOMEM;
	l->bytes += strlen(value);
	l->bytes -= strlen(w->value);
	rd_free(w->value);
	w->value = copy;
	return RD_OK;
}

static bool is_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == n;
}

static enum rd_err check_pairs(const struct rd_contact_pair *pairs,
			       unsigned count, struct rd_complaint *why)
{
	for (unsigned i = 0; i < count; i++) {
		if (!is_name(pairs[i].name)) {
			rd_complain(why, "Attribute names have letters, "
					 "digits, '-' and '_' only");
			return RD_E_FORMAT;
		}
		if (!rd_utf8_is_valid(rd_span_text(pairs[i].value))) {
			rd_complain(why, "Attribute values must be UTF-8");
			return RD_E_FORMAT;
		}
	}
	return RD_OK;
}

static enum rd_err check_size(const struct rd_contact_list *l,
			      struct rd_complaint *why)
{
	if (l->bytes <= RD_CONTACT_ATTRIBUTE_BYTES)
		return RD_OK;
	rd_complain(why, "All attributes together have at most %d bytes",
		    RD_CONTACT_ATTRIBUTE_BYTES);
	return RD_E_SIZE;
}

enum rd_err rd_contact_merge(struct rd_contact_list *l,
			     const struct rd_contact_pair *pairs,
			     unsigned count, struct rd_complaint *why)
{
	struct rd_contact_list next = { NULL, 0, 0 };
	enum rd_err err = check_pairs(pairs, count, why);

	if (err || count == 0)
		return err;
	if (l->count + count > RD_CONTACT_PAIRS) {
		rd_complain(why, "A contact has at most %d attributes",
			    RD_CONTACT_PAIRS);
		return RD_E_SIZE;
	}
	next.at = rd_zalloc((l->count + count) * sizeof(next.at[0]));
	if (!next.at)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < l->count && !err; i++)
		err = append(&next, l->at[i].name, NULL, l->at[i].value);
	for (unsigned i = 0; i < count && !err; i++)
		err = put(&next, pairs[i].name, pairs[i].value);
	if (!err)
		err = check_size(&next, why);
	rd_contact_list_fini(err ? &next : l);
	if (!err)
		*l = next;
	return err;
}

enum rd_err rd_contact_refer(struct rd_contact_list *l,
			     const struct rd_contact_reference *from,
			     unsigned count, struct rd_complaint *why)
{
	enum rd_err err = RD_OK;

	if (count == 0)
		return RD_OK;
	if (count > RD_CONTACT_REFERENCES) {
		rd_complain(why, "At most %d references",
			    RD_CONTACT_REFERENCES);
		return RD_E_SIZE;
	}
	l->at = rd_zalloc(count * sizeof(l->at[0]));
	if (!l->at)
		return RD_E_NOMEM;
	for (unsigned i = 0; i < count && !err; i++)
		err = append(l, from[i].name, from[i].type,
			     from[i].value ? from[i].value : "");
	return err; /* what there is goes with the contact */
}

bool rd_contact_attribute(const struct rd_contacts *c, const char *contact_id,
			  unsigned index, struct rd_contact_pair *out)
{
	const struct rd_contact *it = rd_contact_find(c, contact_id);

	if (!it || index >= it->attributes.count)
		return false;
	*out = (struct rd_contact_pair){ it->attributes.at[index].name,
					 it->attributes.at[index].value };
	return true;
}

bool rd_contact_reference(const struct rd_contacts *c, const char *contact_id,
			  unsigned index, struct rd_contact_reference *out)
{
	const struct rd_contact *it = rd_contact_find(c, contact_id);

	if (!it || index >= it->references.count)
		return false;
	*out = (struct rd_contact_reference){ it->references.at[index].name,
					      it->references.at[index].type,
					      it->references.at[index].value };
	return true;
}

enum rd_err rd_contact_update_attributes(
	struct rd_contacts *c, const char *contact_id,
	const struct rd_contact_pair *attributes, unsigned count)
{
	struct rd_contact *it = rd_contact_find(c, contact_id);
	enum rd_err err;

	if (!it)
		return RD_E_NOTFOUND;
	err = rd_contact_merge(&it->attributes, attributes, count, NULL);
	if (!err)
		rd_contact_touch(it);
	return err;
}
