import { config } from 'zod/v4/core';

/** Before any schema is made: zod then never compiles code, so that the page runs under a policy without eval. */
config({ jitless: true });
