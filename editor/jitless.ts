import { z } from 'zod';

/** Before any schema is made: zod then never compiles code, so that the page runs under a policy without eval. */
z.config({ jitless: true });
