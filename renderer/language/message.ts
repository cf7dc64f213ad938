/**
 * A message is the English sentence itself, as it stands in the code: `Port {port} belongs to {name}.` A place in braces takes
 * a value. What follows ` §` is for translators only, where one English word is two in another language: `open §state`.
 */
export type PlacesOf<M extends string> = M extends `${string}{${infer Name}}${infer Rest}` ? Name | PlacesOf<Rest> : never

/** Text as it is; a number as the language writes it. */
export type Value = string | number

export type Values<M extends string> = Readonly<Record<PlacesOf<M>, Value>>

/** What has to be said besides the message: nothing where it has no places. */
export type ValuesIfAny<M extends string> = [PlacesOf<M>] extends [never] ? [] : [values: Values<M>]

/** The names of the places of a message, in their order. */
export function placesOf(message: string): string[] {
  return [...message.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}

/** A message without what it says to translators. */
export function plainText(message: string): string {
  return message.replace(/ §.*$/, '')
}

/** Puts the values into their places; a place without a value stays as it is. */
export function fill(text: string, values: Readonly<Record<string, Value>>, numbers: Intl.NumberFormat): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name]
    return value === undefined ? place : typeof value === 'number' ? numbers.format(value) : value
  })
}
