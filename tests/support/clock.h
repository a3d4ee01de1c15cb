/*
 * clock: another time for the programs that a test starts, by libfaketime.
 *
 * The library alone and not faketime(1), whose semaphore is named after its process id, so that two of them in
 * namespaces of their own collide.  The monotonic clock stays: only what day it is moves.
 */
#ifndef SUPPORT_CLOCK_H
#define SUPPORT_CLOCK_H

/* 1 where libfaketime is, and the others may be called; else 0, having said what is missing. */
int clock_can_move(void);

/* For what is started from here on: a time as FAKETIME spells it ("@2026-03-01 02:00:00", "+3d"), or days ahead. */
void clock_set(const char *when);
void clock_ahead(int days);

/* A clock that goes so many times as fast, the monotonic one with it: for those who wait for a minute to pass. */
void clock_fast(const char *when, int times);

/* The clock as it is, again. */
void clock_back(void);

#endif
