import * as v from 'valibot';

/** The longest time that a timer can be set to. */
const maxMs: number = 2 ** 31 - 1;

/** Schemas that stand for one of others, which they choose by what they are given. */
const choices = new WeakMap<object, readonly v.GenericSchema[]>();

/** The schemas that one chooses from, if it chooses. */
export function choicesOf(schema: object): readonly v.GenericSchema[] | undefined {
  return choices.get(schema);
}

export const text: v.GenericSchema<string> = v.pipe(
  v.string('must be a string (put it in quotes)'),
  v.regex(/^[^\0]*$/, 'must not hold a NUL'),
);

export const notEmpty: v.GenericSchema<string> = v.pipe(
  v.string('must be a string (put it in quotes)'),
  v.regex(/^[^\0]+$/, 'must not be empty, nor hold a NUL'),
);

/** The name of a variable of an environment. */
export const variable: v.GenericSchema<string> = v.pipe(
  text,
  v.regex(/^[^=]+$/, "must be the name of a variable, without '='"),
);

export const flag: v.GenericSchema<boolean> = v.boolean('must be true or false');

export function numberFrom(least: number, most: number, expected: string): v.GenericSchema<number> {
  return v.pipe(v.number(expected), v.minValue(least, expected), v.maxValue(most, expected));
}

export function msFrom(least: number): v.GenericSchema<number> {
  return numberFrom(least, maxMs, `must be a number of milliseconds from ${least} to ${maxMs}`);
}

export const integer: v.GenericSchema<number> = v.pipe(
  v.number('must be an integer'),
  v.safeInteger('must be an integer'),
);

export function count(least: number): v.GenericSchema<number> {
  const expected = `must be an integer of ${least} or more`;
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(least, expected));
}

export function oneOf<const T extends readonly string[]>(values: T): v.PicklistSchema<T, string> {
  return v.picklist(values, `must be one of ${values.join(', ')}`);
}

/** An entry that need not be there, as an editor explains it. */
export function entry<I, O>(
  schema: v.GenericSchema<I, O>,
  description: string,
  defaultValue?: string | number,
): v.OptionalSchema<v.GenericSchema<I, O>, undefined> {
  const known = defaultValue === undefined ? {} : { default: defaultValue };
  return v.optional(v.pipe(schema, v.description(description), v.metadata(known)));
}

/** A schema for lists, and another one for everything else. */
export function listOr<I1, O1, I2, O2>(
  list: v.GenericSchema<I1, O1>,
  other: v.GenericSchema<I2, O2>,
): v.GenericSchema<I1 | I2, O1 | O2> {
  const schema = v.lazy<v.GenericSchema<I1 | I2, O1 | O2>>((input) => (Array.isArray(input) ? list : other));
  choices.set(schema, [list, other] as readonly v.GenericSchema[]);
  return schema;
}

type Content<T extends v.ObjectEntries> = v.InferOutput<v.ObjectSchema<T, undefined>>;

/** A mapping with these entries and no others. `required` says what an entry is that has to be there. */
export function section<T extends v.ObjectEntries>(
  entries: T,
  required: { readonly [key: string]: string } = {},
  whole = 'a mapping of names to values',
): v.GenericSchema<unknown, Content<T>> {
  const unknown = v.never(`is not known here: must be one of ${Object.keys(entries).join(', ')}`);
  const object = v.objectWithRest(entries, unknown, ({ expected, path }) =>
    expected === 'Object'
      ? `must be ${whole}`
      : `must be there: ${required[String(path?.at(-1)?.key)] ?? 'a value'}`,
  );
  // Valibot takes an array for an object.
  const refused = v.custom<Content<T>>(() => false, `must be ${whole}`);
  const schema = v.lazy<v.GenericSchema<unknown, Content<T>>>((input) =>
    Array.isArray(input) ? refused : object,
  );
  choices.set(schema, [object]);
  return schema;
}
