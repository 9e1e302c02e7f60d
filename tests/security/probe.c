/* Built with the flags of the program itself, also where the program under test is a sanitised one: run.sh looks at
 * what the compiler and the linker made of it. Writes past its buffer where it is told to: the program must end. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  char room[16];
  strcpy(room, argc > 1 ? argv[1] : "fits");
  return puts(room) < 0;
}
