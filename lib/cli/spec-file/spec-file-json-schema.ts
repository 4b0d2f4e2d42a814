import type { ConversionConfig, JsonSchema } from '@valibot/to-json-schema';
import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { choicesOf } from './schema-parts.js';
import { specFileSchema } from './spec-file-schema.js';

const config: ConversionConfig = {
  typeMode: 'input',
  // What JSON Schema has no words for is found when the file is used.
  errorMode: 'ignore',
  overrideSchema: ({ valibotSchema }) => {
    const choices = choicesOf(valibotSchema);
    if (choices === undefined) return undefined;
    const [first, ...others] = choices.map(converted);
    return others.length === 0 ? first : { anyOf: [first!, ...others] };
  },
};

function converted(schema: GenericSchema): JsonSchema {
  const { $schema: _, $defs: __, definitions: ___, ...rest } = toJsonSchema(schema, config);
  return rest;
}

/** The schema of spec files for editors, made of the one that checks them. */
export function specFileJsonSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Sluice spec file',
    ...converted(specFileSchema),
  };
}
