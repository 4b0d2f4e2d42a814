/**
 * `$` stands at the end of the properties and locals of `lib` that hold an Observable, and of no others.
 * The rule of the same purpose in rxjs-x takes functions that return an Observable for Observables.
 */
export default {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: {
      missing: "'{{name}}' holds an Observable: its name must end in '$'",
      wrong: "'{{name}}' holds no Observable: its name must not end in '$'",
    },
  },
  create(context) {
    const services = context.sourceCode.parserServices;
    const checker = services.program.getTypeChecker();

    const isObservable = (type) =>
      type.getSymbol()?.name === 'Observable' ||
      (type.isClassOrInterface() ? type : (type.target ?? type)).getBaseTypes?.()?.some(isObservable) ===
        true;

    const check = (node) => {
      const type = checker.getNonNullableType(services.getTypeAtLocation(node));
      const parts = type.isUnion() ? type.types : [type];
      const named = node.name.endsWith('$');
      // What may or may not be an Observable, as an ObservableInput, is named as its author likes.
      if (!named && parts.every(isObservable))
        context.report({ node, messageId: 'missing', data: { name: node.name } });
      if (named && !parts.some(isObservable))
        context.report({ node, messageId: 'wrong', data: { name: node.name } });
    };

    return {
      'VariableDeclarator > Identifier.id': check,
      'PropertyDefinition > :matches(Identifier, PrivateIdentifier).key': check,
      'TSPropertySignature > Identifier.key': check,
      'MethodDefinition[kind="get"] > :matches(Identifier, PrivateIdentifier).key': check,
    };
  },
};
