import { DISTRIBUTED_TABLES } from '#src/infra/database/distributed-tables.ts';

/** A node of libpg_query's syntax tree, as JSON. */
export type SqlNode = Readonly<Record<string, unknown>>;

const COLUMN = 'account_id';
/** What an equality of `account_id` leads to, besides relations: a parameter or a constant. */
const GIVEN = '$';

/** Relations of a query, not of those around it, by alias. A distributed one is named with its table. */
interface Scope {
  relations: Map<string, string | undefined>;
  /** Pairs of aliases, or an alias and {@link GIVEN}, whose `account_id` is equal. */
  equal: [string, string][];
}

/**
 * The distributed tables that a statement reads or writes without naming one account. Citus' router needs an equality
 * of `account_id` with a parameter for each such table in its own query: of a sub-query that is not pulled up it does
 * not know what the query around it says.
 */
export function tablesWithoutAccount(tree: SqlNode): string[] {
  const found = new Set<string>();
  visit(tree, found);
  return [...found];
}

/** Whether a statement recurses, which Citus' router does not, and names a distributed table. */
export function recursesOverTables(tree: SqlNode): boolean {
  return JSON.stringify(tree).includes('"recursive":true') && namesTables(tree);
}

function namesTables(tree: SqlNode): boolean {
  const text = JSON.stringify(tree);
  return DISTRIBUTED_TABLES.some((table) => text.includes(`"relname":"${table}"`));
}

function visit(node: unknown, found: Set<string>): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, found);
    return;
  }
  if (!isNode(node)) return;
  for (const [type, value] of Object.entries(node)) {
    if (isNode(value) && isQuery(type, value)) checkQuery(type, value, found);
    visit(value, found);
  }
}

/** A side of UNION is a query; a side of a join has its type inside. */
const isQuery = (type: string, node: SqlNode): boolean =>
  /^(Select|Update|Delete|Insert)Stmt$/.test(type) || (/^[lr]arg$/.test(type) && 'op' in node);

function checkQuery(type: string, query: SqlNode, found: Set<string>): void {
  if (type === 'InsertStmt') {
    checkInsert(query, found);
    return;
  }
  const scope = scopeOf([query['fromClause'], query['usingClause'], { RangeVar: query['relation'] }]);
  addConjuncts(query['whereClause'], scope);
  for (const [alias, table] of scope.relations) {
    if (table !== undefined && !isRestricted(alias, scope)) found.add(table);
  }
}

function scopeOf(from: unknown): Scope {
  const scope: Scope = { relations: new Map(), equal: [] };
  collect(from, scope);
  return scope;
}

/** The relations of FROM, and the equalities of its joins. A sub-query is a relation here, visited by itself. */
function collect(from: unknown, scope: Scope): void {
  if (Array.isArray(from)) {
    for (const item of from) collect(item, scope);
    return;
  }
  if (!isNode(from)) return;
  const { RangeVar: table, JoinExpr: join, ...others } = from;
  if (isNode(table)) {
    const name = String(table['relname']);
    scope.relations.set(aliasOf(table) ?? name, DISTRIBUTED_TABLES.includes(name) ? name : undefined);
  } else if (isNode(join)) {
    collect([join['larg'], join['rarg']], scope);
    addConjuncts(join['quals'], scope);
    const using = JSON.stringify(join['usingClause'] ?? []).includes(`"${COLUMN}"`);
    if (using)
      for (const alias of scope.relations.keys())
        scope.equal.push([alias, [...scope.relations.keys()][0] ?? alias]);
  } else {
    for (const other of Object.values(others)) {
      const alias = isNode(other) ? aliasOf(other) : undefined;
      if (alias !== undefined) scope.relations.set(alias, undefined);
    }
  }
}

const aliasOf = (node: SqlNode): string | undefined =>
  isNode(node['alias']) ? String(node['alias']['aliasname']) : undefined;

/** Adds the equalities of a condition that hold whenever it does. */
function addConjuncts(condition: unknown, scope: Scope): void {
  if (!isNode(condition)) return;
  const { BoolExpr: bool, A_Expr: expression } = condition;
  if (isNode(bool) && bool['boolop'] === 'AND_EXPR') {
    for (const part of bool['args'] as unknown[]) addConjuncts(part, scope);
  }
  if (!isNode(expression) || expression['kind'] !== 'AEXPR_OP') return;
  if (!JSON.stringify(expression['name']).includes('"sval":"="')) return;
  addEquality(expression['lexpr'], expression['rexpr'], scope);
}

function addEquality(left: unknown, right: unknown, scope: Scope): void {
  const [lefts, rights] = [rowOf(left), rowOf(right)];
  if (lefts !== undefined && rights !== undefined) {
    for (const [at, item] of lefts.entries()) addEquality(item, rights[at], scope);
    return;
  }
  const sides = [sideOf(left, scope), sideOf(right, scope)];
  const [one, other] = sides;
  if (one !== undefined && other !== undefined) scope.equal.push([one, other]);
}

function rowOf(node: unknown): unknown[] | undefined {
  return isNode(node) && isNode(node['RowExpr']) ? (node['RowExpr']['args'] as unknown[]) : undefined;
}

/** The alias whose `account_id` this is, or {@link GIVEN}. */
function sideOf(node: unknown, scope: Scope): string | undefined {
  if (!isNode(node)) return undefined;
  if ('ParamRef' in node || 'A_Const' in node) return GIVEN;
  if (isNode(node['TypeCast'])) return sideOf(node['TypeCast']['arg'], scope);
  if (!isNode(node['ColumnRef'])) return undefined;
  const names = (node['ColumnRef']['fields'] as SqlNode[]).map((field) =>
    isNode(field['String']) ? String(field['String']['sval']) : '*',
  );
  if (names.at(-1) !== COLUMN) return undefined;
  if (names.length > 1) return names.at(-2);
  // Without its table: PostgreSQL takes that for an error when two have it.
  return [...scope.relations].find(([, table]) => table !== undefined)?.[0];
}

/** Whether the `account_id` of a relation equals a parameter, by itself or by a join of its query. */
function isRestricted(alias: string, scope: Scope, seen = new Set<string>()): boolean {
  seen.add(alias);
  return scope.equal.some((pair) => {
    if (!pair.includes(alias)) return false;
    const other = pair[0] === alias ? pair[1] : pair[0];
    if (other === GIVEN) return true;
    if (seen.has(other)) return false;
    return scope.relations.has(other) && isRestricted(other, scope, seen);
  });
}

/**
 * Rows must all have one account: a parameter, or the account of a relation that is restricted. Rows that are made
 * without a look at a distributed table may be of several, because Citus sends them by way of the coordinator. Those of
 * no table on a condition about a distributed one are refused, whatever they say.
 */
function checkInsert(insert: SqlNode, found: Set<string>): void {
  const table = isNode(insert['relation']) ? String(insert['relation']['relname']) : '';
  if (!DISTRIBUTED_TABLES.includes(table)) return;
  const columns = ((insert['cols'] ?? []) as SqlNode[]).map((column) =>
    isNode(column['ResTarget']) ? column['ResTarget']['name'] : undefined,
  );
  const at = columns.indexOf(COLUMN);
  const source = isNode(insert['selectStmt']) ? insert['selectStmt']['SelectStmt'] : undefined;
  if (!isNode(source) || at === -1) {
    found.add(table);
    return;
  }
  if (!namesTables(source)) return;
  if (
    source['fromClause'] === undefined &&
    source['valuesLists'] === undefined &&
    source['op'] === 'SETOP_NONE'
  ) {
    found.add(table);
    return;
  }
  const scope = scopeOf(source['fromClause']);
  addConjuncts(source['whereClause'], scope);
  const rows = ((source['valuesLists'] ?? []) as SqlNode[]).map((row) =>
    isNode(row['List']) ? (row['List']['items'] as unknown[])[at] : undefined,
  );
  const target = ((source['targetList'] ?? []) as SqlNode[])[at];
  const values =
    rows.length > 0 ? rows : [isNode(target?.['ResTarget']) ? target['ResTarget']['val'] : undefined];
  const isOfOne = values.every((value) => {
    const side = sideOf(value, scope);
    return side === GIVEN || (side !== undefined && scope.relations.has(side) && isRestricted(side, scope));
  });
  if (!isOfOne) found.add(table);
}

const isNode = (value: unknown): value is SqlNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
