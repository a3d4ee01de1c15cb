/*
 * mx_shapes: how real MX sets look: a word for each target of 233 distinct sets, seen among 40,000 towns of the world.
 *
 * @ the entry itself, x@ a host of it, y@ a deeper one, g@ a name with the entry's behind it (a missing dot), i an
 * address as text, i@ the same with the zone behind it, l localhost, s another single label, m a *.msv1.invalid, . the
 * null MX, a b c hosts of the first, second, third foreign domain.  ~ behind it: an alias; _: an underscore in it.
 */
#ifndef TESTS_RELAY_MX_SHAPES_H
#define TESTS_RELAY_MX_SHAPES_H

static const char *const mx_shapes[] = {
	".", "@", "@ @", "@ a", "@ a a", "@ a a a", "@ a a a a", "@ a x@", "@ m", "@ x@", "@ x@ x@",
	"@~ y@~", "a", "a @", "a @ a", "a @ b", "a a", "a a @", "a a a", "a a a @", "a a a a",
	"a a a a @", "a a a a @ a", "a a a a a", "a a a a a @", "a a a a a @ x@", "a a a a a a",
	"a a a a a a a @", "a a a a a a a a", "a a a a a b", "a a a a a b b", "a a a a a b b a",
	"a a a a a b b b b", "a a a a a b b b b x@", "a a a a a b b x@ c", "a a a a a x@",
	"a a a a a x@~", "a a a a b", "a a a a b a", "a a a a b b", "a a a a b b b", "a a a a b b b b",
	"a a a a b b c~", "a a a a b c", "a a a a x@", "a a a b", "a a a b b", "a a a b b @",
	"a a a b b a", "a a a b b b", "a a a b b b b", "a a a b b b b a", "a a a b b b b c",
	"a a a b b b b s", "a a a b b c", "a a a b b c c", "a a a b b g@", "a a a b b x@",
	"a a a b b x@ c", "a a a g@", "a a a g@ a", "a a a x@", "a a a x@ a", "a a a x@ x@", "a a b",
	"a a b a", "a a b a b", "a a b a b x@", "a a b b", "a a b b a", "a a b b b", "a a b b b b",
	"a a b b b b c", "a a b b x@", "a a b c b c", "a a m", "a a x@", "a a x@ b", "a a~", "a a~ a~ a~",
	"a b", "a b @", "a b a", "a b a a a", "a b a b", "a b a b c d", "a b a c", "a b b", "a b b b",
	"a b b b b", "a b b b x@ x@", "a b b c", "a b b c c", "a b b x@ y@", "a b b~", "a b c",
	"a b c a d", "a b c b", "a b c b c c c", "a b c c", "a b c c c", "a b c c c c", "a b c d",
	"a b c d c d", "a b c d e", "a b x@", "a b x@ x@", "a b~ b~", "a b~ b~ b~ b~", "a g@",
	"a g@ a a a", "a g@ a b b", "a m", "a m b", "a m m m b b", "a x@", "a x@ a", "a x@ b", "a x@ x@",
	"a x@ x@ x@", "a x@ x@ x@ b", "a x@~", "a y@", "a~", "a~ a", "a~ a a", "a~ a~", "a~ a~ a",
	"a~ a~ a~", "a~ a~ a~ a~", "a~ a~ a~ a~ a~", "a~ a~ x@", "a~ b", "a~ x@", "a~ x@~ a", "g@",
	"g@ a", "g@ a a a a", "g@ g@", "g@ x@", "i", "i a", "i a a a", "i i", "i x@~", "i@", "i@ x@",
	"i@ y@_ x@", "l", "m a", "m a a", "m a a a", "m a a a a", "m m a", "m x@", "m x@ a b a b", "s",
	"x@", "x@ @", "x@ a", "x@ a a", "x@ a a a", "x@ a a a a", "x@ a a a a a", "x@ a a a a a a a a",
	"x@ a a a a b", "x@ a a b", "x@ a a x@", "x@ a a x@~", "x@ a b", "x@ a b b b b", "x@ a x@",
	"x@ a x@ a", "x@ a x@ x@", "x@ a x@~", "x@ a~ a~ a~ a~", "x@ g@", "x@ g@ g@", "x@ m", "x@ m a",
	"x@ x@", "x@ x@ a", "x@ x@ a a", "x@ x@ a a a a", "x@ x@ a a a a b", "x@ x@ a a b x@",
	"x@ x@ a x@", "x@ x@ a x@ x@ a", "x@ x@ m", "x@ x@ x@", "x@ x@ x@ a", "x@ x@ x@ a a x@",
	"x@ x@ x@ x@", "x@ x@ x@ x@ a", "x@ x@ x@ x@ a a", "x@ x@ x@ x@ x@", "x@ x@ x@ x@ x@ x@",
	"x@ x@ x@ x@ x@ x@ x@", "x@ x@ x@ x@ x@ x@ x@ x@", "x@ x@~", "x@ x@~ x@~ x@", "x@ x@~ x@~ x@~",
	"x@ y@", "x@~", "x@~ @~", "x@~ a", "x@~ a a", "x@~ a~", "x@~ x@", "x@~ x@ x@", "x@~ x@ x@~",
	"x@~ x@~", "x@~ x@~ a", "x@~ x@~ x@~", "y@", "y@ a", "y@ x@", "y@ y@", "y@ y@ x@", "y@_", "y@_ a",
	"y@_ a a", "y@_ a a a a", "y@_ a a a a a", "y@_ a a a a a b b", "y@_ a a a b b", "y@_ x@",
	"y@_ x@ x@ x@", "y@_ x@~", "y@_ y@", "y@_ y@_", "y@_ y@_ a", "y@~",
};

enum { N_MX_SHAPES = sizeof mx_shapes / sizeof mx_shapes[0] };

#endif
