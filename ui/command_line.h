/*
 * command_line: the `:` line, a few words of the shell's commands.
 */
#ifndef UI_COMMAND_LINE_H
#define UI_COMMAND_LINE_H

struct console;

void command_line_open(struct console *c);

#endif
