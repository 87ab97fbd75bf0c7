/* What `hello` says of the board. */
#ifndef HIL_BOARD_FACTS_H
#define HIL_BOARD_FACTS_H

struct board_facts {
  char boot_id[64];
  char kernel[224];
  /* In the vendor's spelling; empty where it cannot be told. */
  char chip[32];
};

void board_facts_read(struct board_facts *facts);

#endif
