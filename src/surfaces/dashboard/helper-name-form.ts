import { z } from 'zod';
import { line } from '#src/surfaces/html/form.ts';

/** The form of a Hook Helper's name. */
export const naming = z.strictObject({ label: line('Give the Hook Helper a name.') });
