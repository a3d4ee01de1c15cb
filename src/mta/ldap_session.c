#ifdef MXWARD_LDAP

#include "mta/ldap_session.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/escape.h"
#include "base/str.h"
#include "mta/target_conf.h"

#define SCHEMA "share/fleet/mxward.ldif"

/* --- what a result code means ------------------------------------------------------------------------- */

/* In words, with what is to be done; "" when the server's own are all there is. */
static const char *meaning(const struct ldap_session *s, int code)
{
	switch (code) {
	case LDAP_INVALID_CREDENTIALS:
		return s->conf->bind_dn[0] ? "the password of bind-dn was refused; look at bind-dn and password-file"
					   : "it does not know us by our certificate or account (SASL EXTERNAL)";
	case LDAP_AUTH_METHOD_NOT_SUPPORTED:
	case LDAP_INAPPROPRIATE_AUTH:
		return "it does not take this way to say who we are; look at bind-dn, password-file and tls-cert-file";
	case LDAP_CONFIDENTIALITY_REQUIRED:
		return "it wants an encrypted connection; use ldaps: or start-tls = yes";
	case LDAP_NO_SUCH_OBJECT:
		return "the base does not exist there; make it, or correct 'base'";
	case LDAP_UNDEFINED_TYPE:
	case LDAP_INVALID_SYNTAX:
	case LDAP_OBJECT_CLASS_VIOLATION:
		return "its schema does not have (all of) mxwardRelayDomain; load " SCHEMA;
	case LDAP_REFERRAL:
		return "it is a read-only replica; 'server' must name the provider";
	case LDAP_UNWILLING_TO_PERFORM:
		return "it takes no changes: a read-only replica, or set read-only; 'server' must name the provider";
	case LDAP_INSUFFICIENT_ACCESS:
		return "bind-dn may not write there; give it access to the base and its children";
	case LDAP_SIZELIMIT_EXCEEDED:
	case LDAP_ADMINLIMIT_EXCEEDED:
	case LDAP_TIMELIMIT_EXCEEDED:
		return "it does not give all entries; set limits for bind-dn to size=unlimited time=unlimited";
	case LDAP_INVALID_DN_SYNTAX:
		return "a name is no DN there; look at 'base' and 'bind-dn'";
	case LDAP_UNAVAILABLE_CRITICAL_EXTENSION:
		return "it knows no paged results (RFC 2696), which reading the list needs";
	case LDAP_SERVER_DOWN:
		return "it cannot be reached";
	case LDAP_CONNECT_ERROR:
		return "the connection could not be encrypted; its certificate has expired, is for another name, or is "
		       "signed by none of tls-ca-file";
	case LDAP_TIMEOUT:
		return "it did not answer in time";
	default:
		return "";
	}
}

static enum err_code code_of(int code)
{
	switch (code) {
	case LDAP_SERVER_DOWN:
	case LDAP_CONNECT_ERROR:
	case LDAP_TIMEOUT:
	case LDAP_BUSY:
	case LDAP_UNAVAILABLE:
		return ERR_UNAVAILABLE;
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_INSUFFICIENT_ACCESS:
		return ERR_PERM;
	default:
		return ERR_CONFIG;
	}
}

int ldap_session_fail(struct ldap_session *s, int code, const char *said, const char *doing, struct err *e)
{
	const char *means = meaning(s, code), *words = said;
	char shown[160], *held = NULL;

	if (!said && s->ld && ldap_get_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &held) == 0)
		words = held;
	/* GnuTLS leaves its errors without words. */
	if (!words || !words[0] || words[0] == '(')
		words = ldap_err2string(code);
	escape(shown, sizeof shown, words, strlen(words));
	err_set(e, code_of(code), "%s at %.100s: %s%s%s%s", doing, s->conf->server, means, means[0] ? " (" : "", shown,
		means[0] ? ")" : "");
	if (held)
		ldap_memfree(held);
	return -1;
}

/* --- the connection --------------------------------------------------------------------------------------- */

static int set_options(struct ldap_session *s, struct err *e)
{
	const struct target_conf *c = s->conf;
	int three = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND, least = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, server = 0;
	struct timeval connect = {.tv_sec = c->connect_timeout}, answer = {.tv_sec = c->timeout};
	int rc = ldap_set_option(s->ld, LDAP_OPT_PROTOCOL_VERSION, &three);

	if (rc == 0)
		rc = ldap_set_option(s->ld, LDAP_OPT_NETWORK_TIMEOUT, &connect);
	if (rc == 0)
		rc = ldap_set_option(s->ld, LDAP_OPT_TIMEOUT, &answer);
	if (rc == 0)
		rc = ldap_set_option(s->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	if (rc == 0)
		rc = ldap_set_option(s->ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
	if (rc == 0)
		rc = ldap_set_option(s->ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &least);
	if (rc == 0 && c->tls_ca_file[0])
		rc = ldap_set_option(s->ld, LDAP_OPT_X_TLS_CACERTFILE, c->tls_ca_file);
	if (rc == 0 && c->tls_cert_file[0])
		rc = ldap_set_option(s->ld, LDAP_OPT_X_TLS_CERTFILE, c->tls_cert_file);
	if (rc == 0 && c->tls_key_file[0])
		rc = ldap_set_option(s->ld, LDAP_OPT_X_TLS_KEYFILE, c->tls_key_file);
	if (rc == 0)
		rc = ldap_set_option(s->ld, LDAP_OPT_X_TLS_NEWCTX, &server);
	if (rc == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "the TLS settings in '%s' cannot be used; look at tls-ca-file, tls-cert-file and "
		       "tls-key-file", c->file);
}

/* libldap calls it unreachable as well when a server of ldaps: shows a bad certificate. */
static int is_listening(const struct target_conf *c)
{
	struct addrinfo hint = {.ai_socktype = SOCK_STREAM}, *found = NULL;
	struct timeval patience = {.tv_sec = c->connect_timeout};
	LDAPURLDesc *url = NULL;
	char first[300], port[16];
	int is = 0;

	snprintf(first, sizeof first, "%.*s", (int)strcspn(c->server, ", "), c->server);
	if (ldap_url_parse(first, &url) != 0)
		return 0;
	snprintf(port, sizeof port, "%d", url->lud_port);
	if (url->lud_host && getaddrinfo(url->lud_host, port, &hint, &found) == 0) {
		int fd = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, found->ai_protocol);

		/* Bounds a connect as well. */
		if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0)
			is = connect(fd, found->ai_addr, found->ai_addrlen) == 0;
		if (fd >= 0)
			close(fd);
		freeaddrinfo(found);
	}
	ldap_free_urldesc(url);
	return is;
}

static int bind_as(struct ldap_session *s, struct err *e)
{
	const struct target_conf *c = s->conf;
	int is_simple = c->bind_dn[0] != '\0', rc;
	struct berval cred = {0, (char *)""};
	struct str password = {0};

	if (target_conf_password(c, &password, e) != 0) {
		str_clear(&password);
		return -1;
	}
	if (is_simple)
		cred = (struct berval){password.len, (char *)str_text(&password)};
	if (strncasecmp(c->server, "ldaps:", 6) == 0 && (rc = ldap_connect(s->ld)) != LDAP_SUCCESS) {
		str_clear(&password);
		return ldap_session_fail(s, rc == LDAP_SERVER_DOWN && is_listening(c) ? LDAP_CONNECT_ERROR : rc, NULL,
					 "cannot connect", e);
	}
	rc = ldap_sasl_bind_s(s->ld, is_simple ? c->bind_dn : NULL, is_simple ? LDAP_SASL_SIMPLE : "EXTERNAL", &cred, NULL,
			      NULL, NULL);
	str_clear(&password);
	return rc == LDAP_SUCCESS ? 0 : ldap_session_fail(s, rc, NULL, "cannot log in", e);
}

static int has_value(LDAP *ld, LDAPMessage *entry, const char *attribute, const char *value)
{
	struct berval **v = ldap_get_values_len(ld, entry, attribute);
	int has = 0;

	for (int i = 0; v && v[i] && !has; i++)
		has = v[i]->bv_len == strlen(value) && memcmp(v[i]->bv_val, value, v[i]->bv_len) == 0;
	ldap_value_free_len(v);
	return has;
}

/* A directory that hides its root entry is one that knows nothing. */
static void ask_abilities(struct ldap_session *s)
{
	char *attributes[] = {(char *)"supportedControl", NULL};
	LDAPMessage *answer = NULL;

	if (ldap_search_ext_s(s->ld, "", LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 0, NULL, NULL, NULL, 1, &answer) ==
	    LDAP_SUCCESS) {
		LDAPMessage *root = ldap_first_entry(s->ld, answer);

		s->knows_assertions = root && has_value(s->ld, root, "supportedControl", LDAP_CONTROL_ASSERT);
	}
	ldap_msgfree(answer);
}

int ldap_session_open(struct ldap_session *s, const struct target_conf *c, struct err *e)
{
	int rc;

	*s = (struct ldap_session){.conf = c};
	setenv("LDAPNOINIT", "1", 1);
	rc = ldap_initialize(&s->ld, c->server);
	if (rc != LDAP_SUCCESS)
		return err_set(e, ERR_CONFIG, "%s: server '%.200s' is no LDAP URL such as ldaps://ldap.isp.example", c->file,
			       c->server);
	rc = set_options(s, e);
	if (rc == 0 && c->start_tls && strncasecmp(c->server, "ldap:", 5) == 0) {
		int code = ldap_start_tls_s(s->ld, NULL, NULL);

		if (code != LDAP_SUCCESS)
			rc = ldap_session_fail(s, code, NULL, "cannot connect", e);
	}
	if (rc == 0)
		rc = bind_as(s, e);
	if (rc == 0)
		ask_abilities(s);
	else
		ldap_session_close(s);
	return rc;
}

void ldap_session_close(struct ldap_session *s)
{
	if (s->ld)
		ldap_unbind_ext_s(s->ld, NULL, NULL);
	s->ld = NULL;
}

#endif
