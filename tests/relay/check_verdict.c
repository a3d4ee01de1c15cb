#include "relay/verdict.h"

#include <check.h>
#include <stdlib.h>

#include "relay/sample_answer.h"
#include "support/suite.h"

/* The rows of OK, MOVED, BROKEN and ORPHAN: what DNS says, and what it must come out as. */
struct row {
	const char *mx, *expected;
	const char *entry, *chain, *ns; /* NULL: shop.example, none, none */
};

#define FIVE(mx, expected, entry, chain, ns, ...) {mx, expected, entry, chain, ns}
#define ROW(...)				  FIVE(__VA_ARGS__, NULL, NULL, NULL, )

static const struct row ok_rows[] = {
	ROW("10 here, 50 us", "OK_BACKUP - never 0"),
	ROW("50 us, 10 here", "OK_BACKUP - never 0"),
	ROW("10 here, 20 here2, 50 us, 60 us2", "OK_BACKUP - never 0"),
	ROW("10 here, 11 us", "OK_BACKUP - never 0"),
	ROW("0 here, 65535 us", "OK_BACKUP - never 0"),
	ROW("10 here, 50 us*", "OK_BACKUP - never 0"),
	ROW("10 here-own, 50 us", "OK_BACKUP - never 0"),
	ROW("10 here, 50 us", "OK_BACKUP - never 0", "host.shop.example"),
	ROW("10 here, 50 us", "OK_BACKUP - never 0", "xn--mller-kva.shop.example"),
	/* whose we are */
	ROW("10 here, 50 alias", "OK_BACKUP W_MX_CNAME,W_SELF_BY_ALIAS never 1"),
	ROW("10 here, 50 far-alias", "OK_BACKUP W_MX_CNAME,W_SELF_BY_ALIAS never 1"),
	ROW("10 here, 50 alias-fail", "OK_BACKUP W_MX_CNAME,W_SELF_BY_ALIAS never 1"),
	ROW("10 here, 50 same4", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 same6", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 same-alias", "OK_BACKUP W_MX_CNAME,W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 off+us-bare", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 same4-fail6", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 same-mapped", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 same-nat64", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 us, 60 same4", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 us-dead", "OK_BACKUP - never 0"),
	ROW("10 here, 50 us-fail", "OK_BACKUP - never 0"),
	ROW("10 here, 50 us, 60 us-dead", "OK_BACKUP - never 0"),
	ROW("10 here, 50 glued-same", "OK_BACKUP W_SELF_BY_ADDR never 1"),
	ROW("10 here, 50 us, 60 glued", "OK_BACKUP - never 0"),
	ROW("10 here, 50 glued, 60 us", "OK_BACKUP - never 0"),
	/* the primary */
	ROW("10 here-alias, 50 us", "OK_BACKUP W_MX_CNAME never 1"),
	ROW("10 here_, 50 us", "OK_BACKUP W_BAD_HOSTNAME never 1"),
	ROW("10 here6, 50 us", "OK_BACKUP W_V6ONLY never 1"),
	ROW("10 here6, 10 here, 50 us", "OK_BACKUP - never 0"),
	ROW("10 here6, 20 here, 50 us", "OK_BACKUP W_V6ONLY never 1"),
	ROW("10 here, 20 here6, 50 us", "OK_BACKUP - never 0"),
	ROW("10 here6+bogon, 50 us", "OK_BACKUP W_BOGON_PARTIAL,W_V6ONLY never 1"),
	ROW("10 here+bogon, 50 us", "OK_BACKUP W_BOGON_PARTIAL never 1"),
	ROW("10 private, 20 here, 50 us", "OK_BACKUP W_BOGON_PARTIAL never 1"),
	ROW("10 here, 20 private, 50 us", "OK_BACKUP W_BOGON_PARTIAL never 1"),
	ROW("5 gone, 10 here+bogon, 50 us", "OK_BACKUP W_BOGON_PARTIAL,W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 here, 50 us, 60 private", "OK_BACKUP - never 0"),
	ROW("10 here, 20 off, 50 us", "OK_BACKUP - never 0"),
	ROW("10 here, 50 us, 60 off", "OK_BACKUP - never 0"),
	/* dead ones */
	ROW("5 gone, 10 here, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 here, 20 gone, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 here, 10 bare, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 gone-x-, 10 here, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 gone-x6, 10 here, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 text, 10 here, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 text-fail, 10 here, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 text-us, 10 here, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 dangling, 10 here, 50 us", "OK_BACKUP W_MX_CNAME,W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 bare_, 10 here, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 here, 50 us, 32767 msv1", "OK_BACKUP W_UNRESOLVABLE_WORSE never 1"),
	ROW("10 here, 50 us, 50 msv1", "OK_BACKUP W_UNRESOLVABLE_WORSE never 1"),
	ROW("10 here, 49 msv1, 50 us", "OK_BACKUP W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("5 gone, 10 here, 50 us, 60 msv1",
	 "OK_BACKUP W_PARTIAL_UNRESOLVABLE,W_UNRESOLVABLE_WORSE never 2"),
	ROW("10 text-glued-here, 50 us", "OK_BACKUP - never 0"),
	/* remarks */
	ROW("10 here, 50 us, 90 us", "OK_BACKUP W_DUP_TARGET never 1"),
	ROW("10 here, 20 here, 50 us", "OK_BACKUP W_DUP_TARGET never 1"),
	ROW("10 here, 10 here, 50 us", "OK_BACKUP W_DUP_TARGET never 1"),
	ROW("10 here, 50 us, 50 us", "OK_BACKUP W_DUP_TARGET never 1"),
	ROW("10 here, 50 us", "OK_BACKUP W_ENTRY_CNAME never 1", "www.shop.example",
	    "shop.example"),
	/* failures that change nothing */
	ROW("10 here, 20 fail, 50 us", "OK_BACKUP - never 0"),
	ROW("10 here, 50 us, 50 fail", "OK_BACKUP - never 0"),
	ROW("10 here, 50 us, 60 fail", "OK_BACKUP - never 0"),
	/* mixed */
	ROW("10 here, 10 off, 50 us", "OK_PRIMARY_MIXED - never 1"),
	ROW("10 off, 10 here, 20 here2, 50 us", "OK_PRIMARY_MIXED - never 1"),
	ROW("10 mixed, 50 us", "OK_PRIMARY_MIXED - never 1"),
	ROW("10 on4off6, 50 us", "OK_PRIMARY_MIXED - never 1"),
	ROW("10 here6, 10 off6, 50 us", "OK_PRIMARY_MIXED - never 1"),
	ROW("10 here, 10 filter, 50 us", "OK_PRIMARY_MIXED - never 1"),
	ROW("5 gone, 10 here, 10 off, 50 us", "OK_PRIMARY_MIXED W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 on4off6, 50 us, 60 msv1", "OK_PRIMARY_MIXED W_UNRESOLVABLE_WORSE never 1"),
};

static const struct row moved_rows[] = {
	ROW("10 off, 50 us", "MOVED_OFFNET - never 2"),
	ROW("49 off, 50 us", "MOVED_OFFNET - never 2"),
	ROW("10 off, 10 off2, 20 off6, 50 us", "MOVED_OFFNET - never 2"),
	ROW("10 off6, 50 us", "MOVED_OFFNET - never 2"),
	ROW("5 gone, 10 off, 50 us", "MOVED_OFFNET W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 off, 50 us, 90 here", "MOVED_OFFNET W_ONNET_WORSE never 2"),
	ROW("10 off, 50 us, 50 here", "MOVED_OFFNET W_ONNET_WORSE never 2"),
	ROW("5 gone, 10 off, 50 us, 60 here", "MOVED_OFFNET W_ONNET_WORSE,W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 off, 49 here, 50 us", "MOVED_PARTIAL - never 1"),
	ROW("10 off, 50 us, 90 us2", "MOVED_OFFNET - never 2"),
	ROW("10 off, 50 us, 90 off2", "MOVED_OFFNET - never 2"),
	ROW("10 off, 50 us, 90 gone", "MOVED_OFFNET W_UNRESOLVABLE_WORSE never 2"),
	ROW("10 off+bogon, 50 us", "MOVED_OFFNET W_BOGON_PARTIAL never 2"),
	ROW("10 off-alias, 50 us", "MOVED_OFFNET W_MX_CNAME never 2"),
	ROW("10 off_, 50 us", "MOVED_OFFNET W_BAD_HOSTNAME never 2"),
	ROW("10 private, 20 off, 50 us", "MOVED_OFFNET W_BOGON_PARTIAL never 2"),
	ROW("10 off, 20 fail, 50 us", "MOVED_OFFNET - never 2"),
	ROW("10 off, 20 here, 50 us", "MOVED_PARTIAL - never 1"),
	ROW("10 off, 20 mixed, 50 us", "MOVED_PARTIAL - never 1"),
	ROW("5 gone, 10 off, 20 here, 50 us", "MOVED_PARTIAL W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 off, 20 here, 50 us, 60 here2", "MOVED_PARTIAL - never 1"),
	ROW("10 filter, 20 here, 50 us", "MOVED_PARTIAL - never 1"),
	ROW("10 filter, 50 us", "MOVED_FILTER - never 1"),
	ROW("10 filter, 20 off, 50 us", "MOVED_FILTER - never 1"),
	ROW("10 filter-alias, 50 us", "MOVED_FILTER W_MX_CNAME never 1"),
	ROW("10 filter-far, 50 us", "MOVED_FILTER W_MX_CNAME never 1"),
	ROW("10 filter-nets, 50 us", "MOVED_FILTER - never 1"),
	ROW("10 filter-net, 50 us", "MOVED_FILTER - never 1"),
	ROW("10 filter, 10 filter-net, 50 us", "MOVED_FILTER - never 1"),
	ROW("10 filter-half, 50 us", "MOVED_OFFNET - never 2"),
	ROW("10 filter-no, 50 us", "MOVED_OFFNET - never 2"),
	ROW("10 filter, 10 off, 50 us", "MOVED_OFFNET - never 2"),
	ROW("5 off, 10 filter, 50 us", "MOVED_OFFNET - never 2"),
	ROW("5 gone, 10 filter, 50 us", "MOVED_FILTER W_PARTIAL_UNRESOLVABLE never 2"),
	ROW("10 filter, 50 us, 60 here", "MOVED_FILTER W_ONNET_WORSE never 1"),
	ROW("10 off, 50 us", "MOVED_OFFNET W_ENTRY_CNAME never 2", "www.shop.example",
	    "shop.example"),
};

static const struct row broken_rows[] = {
	ROW("50 us", "BRK_WE_ARE_ONLY - never 3"),
	ROW("10 us, 20 us2", "BRK_WE_ARE_ONLY - never 3"),
	ROW("10 us, 10 gone", "BRK_WE_ARE_ONLY W_UNRESOLVABLE_WORSE never 3"),
	ROW("10 us, 32767 msv1", "BRK_WE_ARE_ONLY W_UNRESOLVABLE_WORSE never 3"),
	ROW("10 us, 20 text", "BRK_WE_ARE_ONLY W_UNRESOLVABLE_WORSE never 3"),
	ROW("10 same4", "BRK_WE_ARE_ONLY W_SELF_BY_ADDR never 3"),
	ROW("10 us-dead", "BRK_WE_ARE_ONLY - never 3"),
	ROW("NODATA same4", "BRK_WE_ARE_ONLY W_IMPLICIT never 3"),
	ROW("NODATA same6", "BRK_WE_ARE_ONLY W_IMPLICIT never 3"),
	ROW("NODATA same4-fail6", "BRK_WE_ARE_ONLY W_IMPLICIT never 3"),
	ROW("NODATA off", "BRK_WE_ARE_ONLY W_IMPLICIT never 3", "mx2.ward.example"),
	ROW("NODATA alias-fail", "BRK_WE_ARE_ONLY W_ENTRY_CNAME,W_IMPLICIT never 3",
	    "www.shop.example",
	 "mx2.ward.example"),
	ROW("NODATA off", "BRK_WE_ARE_ONLY W_ENTRY_CNAME,W_IMPLICIT never 3", "www.shop.example",
	 "r2.in.ward.example"),
	ROW("10 here, 10 us", "BRK_PRIMARY_NOT_BETTER - never 3"),
	ROW("10 us, 20 here", "BRK_PRIMARY_NOT_BETTER - never 3"),
	ROW("10 us, 20 off", "BRK_PRIMARY_NOT_BETTER - never 3"),
	ROW("5 us, 10 off, 50 us2", "BRK_PRIMARY_NOT_BETTER - never 3"),
	ROW("10 us, 20 private", "BRK_PRIMARY_NOT_BETTER - never 3"),
	ROW("10 us, 20 fail", "BRK_PRIMARY_NOT_BETTER - never 3"),
	ROW("10 gone, 50 us", "BRK_PRIMARY_UNRESOLVABLE - never 3"),
	ROW("10 bare, 50 us", "BRK_PRIMARY_UNRESOLVABLE - never 3"),
	ROW("10 gone, 20 bare, 50 us", "BRK_PRIMARY_UNRESOLVABLE - never 3"),
	ROW("10 dangling, 50 us", "BRK_PRIMARY_UNRESOLVABLE W_MX_CNAME never 3"),
	ROW("10 gone, 50 us, 60 here", "BRK_PRIMARY_UNRESOLVABLE - never 3"),
	ROW("10 gone, 50 us, 60 msv1", "BRK_PRIMARY_UNRESOLVABLE W_UNRESOLVABLE_WORSE never 3"),
	ROW("10 private, 50 us", "BRK_PRIMARY_BOGON - never 3"),
	ROW("10 loop, 50 us", "BRK_PRIMARY_BOGON - never 3"),
	ROW("10 zero, 50 us", "BRK_PRIMARY_BOGON - never 3"),
	ROW("10 doc, 10 cgn, 10 ula, 10 link, 50 us", "BRK_PRIMARY_BOGON - never 3"),
	ROW("10 mapped, 50 us", "BRK_PRIMARY_BOGON - never 3"),
	ROW("10 gone, 20 private, 50 us", "BRK_PRIMARY_BOGON - never 3"),
	ROW("10 private, 50 us, 60 here", "BRK_PRIMARY_BOGON - never 3"),
	ROW("10 text, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-fail, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-bracket, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-glued, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-top, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text6, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text6-glued, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text, 20 private, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text, 20 gone, 50 us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-glued, 50 us", "BRK_TARGET_LITERAL - never 3", "deep.in.shop.example"),
	ROW("10 text-glued, 50 us", "BRK_PRIMARY_UNRESOLVABLE - never 3", "other.test"),
	ROW("10 text-five, 50 us", "BRK_PRIMARY_UNRESOLVABLE - never 3"),
	/* our address where our name belongs: meant for us, so never an orphan */
	ROW("10 text-us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-us6", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-us-bracket", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-us-long", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 text-us-mapped", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 here, 50 text-us-glued", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 fail, 50 text-us", "BRK_TARGET_LITERAL - never 3"),
	ROW("10 here, 50 glued", "BRK_MISSING_DOT - never 3"),
	ROW("10 here, 50 glued*", "BRK_MISSING_DOT - never 3"),
	ROW("10 here, 50 glued-fail", "BRK_MISSING_DOT - never 3"),
	ROW("10 here, 50 glued-top", "BRK_MISSING_DOT - never 3"),
	ROW("10 here, 50 glued-wild", "BRK_MISSING_DOT - never 3"),
	ROW("10 here, 50 glued, 60 glued*", "BRK_MISSING_DOT - never 3"),
	ROW("10 here, 50 glued", "BRK_MISSING_DOT - never 3", "sub.shop.example"),
	ROW("10 here, 50 glued-real", "BRK_MISSING_DOT W_ENTRY_CNAME never 3", "shop.example",
	    "www.real.test"),
	ROW("10 here, 50 glued-real", "BRK_MISSING_DOT W_ENTRY_CNAME never 3", "shop.example",
	    "x.cloud.example www.real.test"),
	ROW("50 glued", "BRK_MISSING_DOT - never 3"),
	ROW("10 gone, 50 glued", "BRK_MISSING_DOT - never 3"),
	ROW("10 fail, 50 glued", "BRK_MISSING_DOT - never 3"),
	ROW("10 glued, 20 here, 50 us", "BRK_PRIMARY_NOT_BETTER - never 3"),
	ROW("0 root, 10 here, 50 us", "BRK_NULLMX_MIXED - never 3"),
	ROW("10 here, 50 us, 60 root", "BRK_NULLMX_MIXED - never 3"),
	ROW("0 root, 50 us", "BRK_NULLMX_MIXED - never 3"),
	ROW("0 root, 50 glued", "BRK_NULLMX_MIXED - never 3"),
	ROW("0 root, 10 fail, 50 us", "BRK_NULLMX_MIXED - never 3"),
};

static const struct row orphan_rows[] = {
	ROW("10 off, 20 off2", "ORPHAN_OFFNET - C1 2"),
	ROW("10 off6", "ORPHAN_OFFNET - C1 2"),
	ROW("10 private", "ORPHAN_OFFNET - C1 2"),
	ROW("10 off-alias", "ORPHAN_OFFNET W_MX_CNAME C1 2"),
	ROW("10 off_, 20 off_", "ORPHAN_OFFNET W_BAD_HOSTNAME,W_DUP_TARGET C1 2"),
	ROW("10 off_-alias", "ORPHAN_OFFNET W_BAD_HOSTNAME,W_MX_CNAME C1 2"),
	ROW("10 filter", "ORPHAN_OFFNET - C1 2"),
	ROW("10 off, 20 gone", "ORPHAN_OFFNET W_UNRESOLVABLE_WORSE C1 2"),
	ROW("5 gone, 10 off", "ORPHAN_OFFNET W_UNRESOLVABLE_WORSE C1 2"),
	ROW("0 root, 10 off", "ORPHAN_OFFNET - C1 2"),
	ROW("10 no-glue, 20 off", "ORPHAN_OFFNET W_UNRESOLVABLE_WORSE C1 2"),
	ROW("10 glued, 20 off", "ORPHAN_OFFNET W_UNRESOLVABLE_WORSE C1 2", "other.test"),
	ROW("10 off", "ORPHAN_OFFNET W_ENTRY_CNAME C1 2", "www.shop.example", "shop.example"),
	ROW("10 here", "ORPHAN_ONNET - C1 1"),
	ROW("10 off, 20 here", "ORPHAN_ONNET - C1 1"),
	ROW("10 mixed", "ORPHAN_ONNET - C1 1"),
	ROW("10 here, 20 gone", "ORPHAN_ONNET W_UNRESOLVABLE_WORSE C1 1"),
	ROW("NODATA off", "ORPHAN_IMPLICIT - C1 2"),
	ROW("NODATA off6", "ORPHAN_IMPLICIT - C1 2"),
	ROW("NODATA here", "ORPHAN_IMPLICIT W_ONNET C1 1"),
	ROW("NODATA on4off6", "ORPHAN_IMPLICIT W_ONNET C1 1"),
	ROW("NODATA private", "ORPHAN_IMPLICIT - C1 2"),
	ROW("NODATA off+bogon", "ORPHAN_IMPLICIT - C1 2"),
	ROW("NODATA off", "ORPHAN_IMPLICIT W_ENTRY_CNAME C1 2", "www.shop.example", "shop.example"),
	/* nobody typed an implicit target: no dot is missing, no address is text */
	ROW("NODATA off", "ORPHAN_IMPLICIT - C1 2", "mx2.ward.example.shop.example"),
	ROW("NODATA bare", "ORPHAN_NOMAIL - C1 2"),
	ROW("NODATA gone", "ORPHAN_NOMAIL - C1 2"),
	ROW("NODATA bare", "ORPHAN_NOMAIL W_ENTRY_CNAME C1 2", "www.shop.example", "shop.example"),
	ROW("0 root", "ORPHAN_NULLMX - C1 2"),
	ROW("10 root", "ORPHAN_NULLMX W_NULLMX_PREF C1 2"),
	ROW("0 root, 1 root", "ORPHAN_NULLMX W_DUP_TARGET,W_NULLMX_PREF C1 2"),
	ROW("NXDOMAIN example", "ORPHAN_NXDOMAIN - C2 2"),
	ROW("NXDOMAIN shop.example", "ORPHAN_NXDOMAIN W_PARENT_ALIVE C1 2", "old.shop.example"),
	ROW("NXDOMAIN shop.example", "ORPHAN_NXDOMAIN W_PARENT_ALIVE C1 2", "a.old.shop.example"),
	ROW("NXDOMAIN old.shop.example", "ORPHAN_NXDOMAIN W_PARENT_ALIVE C1 2",
	    "a.old.shop.example"),
	ROW("NXDOMAIN example", "ORPHAN_NXDOMAIN - C2 2", "old.shop.example"),
	ROW("NXDOMAIN shop.example", "ORPHAN_NXDOMAIN - C2 2"),
	ROW("NXDOMAIN old.shop.example", "ORPHAN_NXDOMAIN - C2 2", "old.shop.example"),
	ROW("NXDOMAIN a.shop.example", "ORPHAN_NXDOMAIN - C2 2", "old.shop.example"),
	ROW("NXDOMAIN ", "ORPHAN_NXDOMAIN - C2 2", "old.shop.example"),
	ROW("NXDOMAIN co.uk", "ORPHAN_NXDOMAIN - C2 2", "shop.co.uk"),
	ROW("NXDOMAIN shop.co.uk", "ORPHAN_NXDOMAIN W_PARENT_ALIVE C1 2", "old.shop.co.uk"),
	ROW("NXDOMAIN uk", "ORPHAN_NXDOMAIN - C2 2", "co.uk"),
	ROW("NXDOMAIN shop.example", "ORPHAN_NXDOMAIN W_ENTRY_CNAME C2 2", "www.shop.example",
	 "nowhere.shop.example"),
	ROW("10 gone", "ORPHAN_DEADMX - C2 2"),
	ROW("10 gone, 20 bare", "ORPHAN_DEADMX - C2 2"),
	ROW("10 dangling", "ORPHAN_DEADMX W_MX_CNAME C2 2"),
	ROW("0 root, 10 gone", "ORPHAN_DEADMX - C2 2"),
	ROW("10 text", "ORPHAN_DEADMX - C2 2"),
	ROW("10 text-fail", "ORPHAN_DEADMX - C2 2"),
	ROW("10 gone-x-, 20 gone-x6", "ORPHAN_DEADMX - C2 2"),
	ROW("10 park", "ORPHAN_PARKED - C2 2"),
	ROW("10 park*", "ORPHAN_PARKED - C2 2"),
	ROW("10 park-alias", "ORPHAN_PARKED W_MX_CNAME C2 2"),
	ROW("10 park-ips", "ORPHAN_PARKED - C2 2"),
	ROW("10 park-ip", "ORPHAN_PARKED - C2 2"),
	ROW("10 off, 20 park", "ORPHAN_PARKED - C2 2"),
	ROW("10 here, 20 park", "ORPHAN_PARKED - C2 2"),
	ROW("NODATA park-ip", "ORPHAN_PARKED - C2 2"),
	ROW("10 off", "ORPHAN_PARKED - C2 2", NULL, NULL, "ns1.dealer.example ns2.dealer.example"),
	ROW("10 off", "ORPHAN_PARKED - C2 2", NULL, NULL, "ns.other.example ns1.dealer.example"),
	ROW("10 off", "ORPHAN_OFFNET - C1 2", NULL, NULL, "ns.other.example"),
	ROW("10 here", "ORPHAN_PARKED - C2 2", NULL, NULL, "ns1.dealer.example"),
	ROW("NODATA off", "ORPHAN_PARKED - C2 2", NULL, NULL, "ns1.dealer.example"),
	ROW("NODATA bare", "ORPHAN_PARKED - C2 2", NULL, NULL, "ns1.dealer.example"),
	ROW("0 root", "ORPHAN_PARKED - C2 2", NULL, NULL, "ns1.dealer.example"),
	ROW("10 gone", "ORPHAN_DEADMX - C2 2", NULL, NULL, "ns1.dealer.example"),
	ROW("10 park-dead", "ORPHAN_DEADMX - C2 2"),
	ROW("NXDOMAIN example", "ORPHAN_NXDOMAIN - C2 2", NULL, NULL, "ns1.dealer.example"),
	ROW("NXDOMAIN shop.example", "ORPHAN_NXDOMAIN - C2 2", "old.shop.example", NULL,
	 "ns1.dealer.example"),
	/* listed beside a parking service: parking is of no account */
	ROW("10 park, 50 us", "MOVED_OFFNET - never 2"),
	ROW("10 off, 50 us", "MOVED_OFFNET - never 2", NULL, NULL, "ns1.dealer.example"),
};

static const struct row held_rows[] = {
	ROW("10 here, 50 sibling", "ORPHAN_ONNET H_SIBLING_OF_RELAY hold 2"),
	ROW("10 off, 50 sibling-off", "ORPHAN_OFFNET H_SIBLING_OF_RELAY hold 2"),
	ROW("10 here, 50 sibling-dead",
	    "ORPHAN_ONNET H_SIBLING_OF_RELAY,W_UNRESOLVABLE_WORSE hold 2"),
	ROW("50 sibling-dead", "ORPHAN_DEADMX H_SIBLING_OF_RELAY hold 2"),
	ROW("50 sibling-apex", "ORPHAN_ONNET H_SIBLING_OF_RELAY hold 2"),
	ROW("50 sibling-alias", "ORPHAN_ONNET H_SIBLING_OF_RELAY,W_MX_CNAME hold 2"),
	ROW("50 sibling-far", "ORPHAN_ONNET H_SIBLING_OF_RELAY,W_MX_CNAME hold 2"),
	ROW("10 off, 50 sibling-glued",
	    "ORPHAN_OFFNET H_SIBLING_OF_RELAY,W_UNRESOLVABLE_WORSE hold 2"),
	ROW("10 sibling", "ORPHAN_ONNET H_SIBLING_OF_RELAY hold 2", "tenant.ward.example"),
	ROW("10 park, 20 sibling", "ORPHAN_PARKED H_SIBLING_OF_RELAY hold 2"),
	ROW("NODATA here", "ORPHAN_IMPLICIT H_SIBLING_OF_RELAY,W_ONNET hold 2", "old.ward.example"),
	ROW("NODATA bare", "ORPHAN_NOMAIL - C1 2", "old.ward.example"),
	ROW("NXDOMAIN ward.example", "ORPHAN_NXDOMAIN W_PARENT_ALIVE C1 2", "old.ward.example"),
	/* an alias that leads to nothing: to a host of ours, to one that may be, and without its dot */
	ROW("NXDOMAIN ward.example", "ORPHAN_NXDOMAIN H_NEAR_MISS,H_SIBLING_OF_RELAY,W_ENTRY_CNAME hold 3", NULL,
	    "mx2.ward.example"),
	ROW("NXDOMAIN ward.example", "ORPHAN_NXDOMAIN H_SIBLING_OF_RELAY,W_ENTRY_CNAME hold 2", NULL,
	    "x.cloud.example new.ward.example"),
	ROW("NXDOMAIN shop.example", "ORPHAN_NXDOMAIN H_NEAR_MISS,H_SIBLING_OF_RELAY,W_ENTRY_CNAME hold 3", "in.shop.example",
	    "mx2.ward.example.shop.example"),
	ROW("NXDOMAIN war.example", "ORPHAN_NXDOMAIN H_NEAR_MISS,W_ENTRY_CNAME hold 3", NULL, "mx2.war.example"),
	ROW("NXDOMAIN ward.example", "ORPHAN_NXDOMAIN W_ENTRY_CNAME C2 2", NULL, "known.ward.example"),
	ROW("NODATA bare", "ORPHAN_NOMAIL H_SIBLING_OF_RELAY,W_ENTRY_CNAME hold 2", NULL, "new.ward.example"),
	ROW("NODATA bare", "ORPHAN_NOMAIL H_SIBLING_OF_RELAY,W_ENTRY_CNAME hold 2", "in.shop.example",
	    "new.ward.example.shop.example"),
	ROW("NODATA bare", "ORPHAN_NOMAIL W_ENTRY_CNAME C1 2", NULL, "known.ward.example"),
	ROW("10 off, 50 near", "ORPHAN_OFFNET H_NEAR_MISS hold 3"),
	ROW("10 off, 50 near-swap", "ORPHAN_OFFNET H_NEAR_MISS hold 3"),
	ROW("10 off, 50 near-short", "ORPHAN_OFFNET H_NEAR_MISS hold 3"),
	ROW("10 here, 50 near", "ORPHAN_ONNET H_NEAR_MISS hold 3"),
	ROW("10 off, 50 near-two", "ORPHAN_OFFNET - C1 2"),
	ROW("10 off, 50 near*", "ORPHAN_OFFNET H_NEAR_MISS hold 3"),
	ROW("10 off, 50 near*deep", "ORPHAN_OFFNET H_NEAR_MISS,H_SIBLING_OF_RELAY hold 3"),
	ROW("10 off, 50 near*bare", "ORPHAN_OFFNET - C1 2"),
	ROW("10 off, 50 near-glued", "ORPHAN_OFFNET H_NEAR_MISS,W_UNRESOLVABLE_WORSE hold 3"),
	ROW("50 near-dots", "ORPHAN_DEADMX H_NEAR_MISS hold 3"),
	ROW("50 near-dot", "ORPHAN_DEADMX H_NEAR_MISS hold 3"),
	ROW("50 near-blank", "ORPHAN_DEADMX H_NEAR_MISS hold 3"),
	ROW("50 near-blank-glued", "ORPHAN_DEADMX H_NEAR_MISS hold 3"),
	ROW("50 near-no-dot", "ORPHAN_DEADMX - C2 2"),
	ROW("50 near-dead", "ORPHAN_DEADMX H_NEAR_MISS hold 3"),
	ROW("10 off, 50 near-here", "ORPHAN_ONNET H_NEAR_MISS,H_SIBLING_OF_RELAY hold 3"),
	ROW("10 off, 50 known", "ORPHAN_ONNET - C1 1"),
	ROW("10 off, 50 known-near", "ORPHAN_OFFNET - C1 2"),
	ROW("10 off, 50 known-alias", "ORPHAN_ONNET W_MX_CNAME C1 1"),
	ROW("10 off, 50 known-behind", "ORPHAN_ONNET W_MX_CNAME C1 1"),
	ROW("10 off, 50 known-near-behind", "ORPHAN_OFFNET W_MX_CNAME C1 2"),
	ROW("10 known, 50 sibling", "ORPHAN_ONNET H_SIBLING_OF_RELAY hold 2"),
	/* who lists us is not suspected */
	ROW("10 sibling, 50 us", "OK_BACKUP - never 0"),
	ROW("10 near, 50 us", "MOVED_OFFNET - never 2"),
	/* and what is not known is not held, but unknown */
	ROW("10 fail, 50 near", "UNK_TARGET_TEMPFAIL - never 1"),
};

static const struct row unknown_rows[] = {
	ROW("10 here, 20 fail", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 fail", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 gone, 20 fail", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("0 root, 20 fail", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 off-fail6", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 fail4", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 fail-x", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 unasked", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 unasked4", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 off-no6", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 empty", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 empty6", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 park, 20 fail", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 text-glued-fail", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 off, 20 fail", "UNK_TARGET_TEMPFAIL - never 1", "www.shop.example", "shop.example"),
	ROW("NODATA fail", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("NODATA fail4", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("NODATA fail6", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("NODATA unasked", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("NODATA off-no6", "UNK_TARGET_TEMPFAIL - never 1"),
	ROW("10 fail, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 fail, 20 here, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 here, 10 fail, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 here-fail6, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 here-no6, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 gone, 20 fail, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 fail, 20 gone, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 private, 20 fail, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 text, 20 fail, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 text-glued-fail, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 fail, 20 unasked, 30 here, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("20 unasked, 10 fail, 15 here, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
	ROW("10 unasked, 20 fail, 15 here, 50 us", "UNK_PRIMARY_TEMPFAIL - never 1"),
};

static void judge_row(const struct row *r)
{
	struct site site = sample_site(1);
	struct sample s;

	sample_init(&s, r->entry ? r->entry : "shop.example", r->chain, r->mx, r->ns);
	sample_assert_verdict(verdict_of(&site, &s.a), r->expected, r->mx);
	sample_clear(&s);
	site_clear(&site);
}

#define ROW_TEST(name)                                                                         \
	START_TEST(name)                                                                       \
	{                                                                                      \
		judge_row(&name##_rows[_i]);                                                   \
	}                                                                                      \
	END_TEST

ROW_TEST(ok)
ROW_TEST(moved)
ROW_TEST(broken)
ROW_TEST(orphan)
ROW_TEST(held)
ROW_TEST(unknown)

#define ADD_ROWS(c, name) \
	tcase_add_loop_test(c, name, 0, (int)(sizeof(name##_rows) / sizeof(name##_rows[0])))

/* Each row again with the targets' order turned round: the order of arrival decides nothing. */
static const struct row *const all_rows[] = {ok_rows, moved_rows, broken_rows, orphan_rows,
		held_rows,
					     unknown_rows};
static const size_t n_rows[] = {
	sizeof(ok_rows) / sizeof(struct row),	  sizeof(moved_rows) / sizeof(struct row),
	sizeof(broken_rows) / sizeof(struct row), sizeof(orphan_rows) / sizeof(struct row),
	sizeof(held_rows) / sizeof(struct row),	  sizeof(unknown_rows) / sizeof(struct row),
};

static void judge_reversed(const struct row *r)
{
	struct site site = sample_site(1);
	struct sample s;
	struct answer_mx *mx;

	sample_init(&s, r->entry ? r->entry : "shop.example", r->chain, r->mx, r->ns);
	if (s.a.n_mx) {
		mx = arena_alloc(&s.arena, s.a.n_mx * sizeof(*mx));
		for (size_t i = 0; i < s.a.n_mx; i++)
			mx[i] = s.a.mx[s.a.n_mx - 1 - i];
		s.a.mx = mx;
	}
	sample_assert_verdict(verdict_of(&site, &s.a), r->expected, r->mx);
	sample_clear(&s);
	site_clear(&site);
}

START_TEST(order_of_arrival_decides_nothing)
{
	for (size_t i = 0; i < n_rows[_i]; i++)
		judge_reversed(&all_rows[_i][i]);
}
END_TEST

/* The heart of the precision: take any row, let one foreign target's lookup fail, and it is no
 * ORPHAN whatever it was.  (The text of an address needs no lookup; nor does the root.) */
START_TEST(one_failure_is_never_an_orphan)
{
	struct site site = sample_site(1);

	for (size_t i = 0; i < n_rows[_i]; i++) {
		const struct row *r = &all_rows[_i][i];
		struct sample s;

		sample_init(&s, r->entry ? r->entry : "shop.example", r->chain, r->mx, r->ns);
		for (size_t k = 0; k < s.a.n_hosts; k++) {
			struct answer_host *h = (struct answer_host *)&s.a.host[k], before = *h;
			struct verdict v;

			if (!h->name[0] || (strspn(h->name,
					"0123456789.:abcdef[]") == strlen(h->name)))
				continue;
			h->aaaa = ANSWER_FAIL;
			v = verdict_of(&site, &s.a);
			ck_assert_msg(v.class != CLASS_ORPHAN, "%s without %s", r->mx, h->name);
			*h = before;
		}
		sample_clear(&s);
	}
	site_clear(&site);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("verdict");
	TCase *c = tcase_create("rows");

	ADD_ROWS(c, ok);
	ADD_ROWS(c, moved);
	ADD_ROWS(c, broken);
	ADD_ROWS(c, orphan);
	ADD_ROWS(c, held);
	ADD_ROWS(c, unknown);
	tcase_add_loop_test(c, order_of_arrival_decides_nothing, 0, 6);
	tcase_add_loop_test(c, one_failure_is_never_an_orphan, 0, 6);
	suite_add_tcase(suite, c);
	return suite_run(suite);
}
