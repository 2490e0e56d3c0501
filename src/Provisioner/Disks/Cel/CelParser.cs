namespace Kronform.Provision.Disks.Cel;

/// <summary>
/// The part of CEL that chooses disks: boolean logic, comparisons, arithmetic on sizes, <c>glob</c>, <c>startsWith</c>,
/// <c>endsWith</c>, <c>contains</c> and <c>in</c>. Anything else is refused by name instead of guessed.
/// </summary>
internal sealed class CelParser(string source, CelScope scope)
{
    private const int DeepestNesting = 50;

    private readonly IReadOnlyList<CelToken> _tokens = CelToken.Split(source);
    private readonly List<string> _fields = [];
    private int _next;
    private int _depth;

    private CelToken Current => _tokens[_next];

    /// <summary>The terms that <c>&amp;&amp;</c> joins at the top, each with its own text, so that the one that failed can be named.</summary>
    /// <exception cref="CelException">Why the expression cannot be used.</exception>
    public IReadOnlyList<CelCondition> ReadConditions()
    {
        var conditions = new List<CelCondition>();
        do
        {
            var start = Current.Start;
            _fields.Clear();
            var term = Comparison();
            conditions.Add(new CelCondition(source[start.._tokens[_next - 1].End], Bool(term), [.. _fields.Distinct()]));
        }
        while (Take("&&"));

        if (Current.Text == "||")
        {
            _next = 0;
            _fields.Clear();
            var whole = Bool(Or());
            conditions = [new CelCondition(source.Trim(), whole, [.. _fields.Distinct()])];
        }

        if (Current.Kind != CelTokenKind.End)
            throw Unexpected("an operator");
        return conditions;
    }

    private CelTerm Or()
    {
        var left = And();
        while (Take("||"))
        {
            var (a, b) = (Bool(left), Bool(And()));
            left = new CelTerm(CelType.Bool, d => a.IsTrueFor(d) || b.IsTrueFor(d));
        }

        return left;
    }

    private CelTerm And()
    {
        var left = Comparison();
        while (Take("&&"))
        {
            var (a, b) = (Bool(left), Bool(Comparison()));
            left = new CelTerm(CelType.Bool, d => a.IsTrueFor(d) && b.IsTrueFor(d));
        }

        return left;
    }

    private CelTerm Comparison()
    {
        var left = Sum();
        while (Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=" or "in" && Current.Kind is CelTokenKind.Symbol or CelTokenKind.Name)
        {
            var symbol = _tokens[_next++].Text;
            left = CelOperators.Compare(symbol, left, Sum());
        }

        return left;
    }

    private CelTerm Sum()
    {
        var left = Product();
        while (Current is { Kind: CelTokenKind.Symbol, Text: "+" or "-" })
            left = CelOperators.Calculate(_tokens[_next++].Text, left, Product());
        return left;
    }

    private CelTerm Product()
    {
        var left = Unary();
        while (Current is { Kind: CelTokenKind.Symbol, Text: "*" or "/" or "%" })
            left = CelOperators.Calculate(_tokens[_next++].Text, left, Unary());
        return left;
    }

    private CelTerm Unary()
    {
        if (++_depth > DeepestNesting) throw new CelException("is nested too deeply");
        try
        {
            if (!Take("!")) return Member(Primary());
            var operand = Bool(Unary());
            return new CelTerm(CelType.Bool, d => !operand.IsTrueFor(d));
        }
        finally
        {
            _depth--;
        }
    }

    private CelTerm Primary()
    {
        var token = _tokens[_next++];
        switch (token)
        {
            case { Kind: CelTokenKind.Text }: return CelTerm.Constant(CelType.Text, token.Value!);
            case { Kind: CelTokenKind.Unsigned }: return CelTerm.Constant(CelType.Unsigned, token.Value!);
            case { Kind: CelTokenKind.Fraction }: return CelTerm.Constant(CelType.Fraction, token.Value!);
            case { Kind: CelTokenKind.Signed }:
                return (ulong)token.Value! <= long.MaxValue
                    ? CelTerm.Constant(CelType.Signed, (long)(ulong)token.Value)
                    : throw new CelException($"the number {token.Text} is too large");
            case { Kind: CelTokenKind.Symbol, Text: "(" }:
                var inner = Or();
                Expect(")");
                return inner;
            case { Kind: CelTokenKind.Symbol, Text: "[" }: return List();
            case { Kind: CelTokenKind.Name, Text: "disk" }:
                Expect(".");
                var field = ExpectName();
                _fields.Add(field);
                return CelNames.Field(field, scope);
            case { Kind: CelTokenKind.Name, Text: "glob" } when Current.Text == "(":
                var arguments = Arguments();
                if (arguments is not [{ Type: CelType.Text } pattern, { Type: CelType.Text } text]) throw new CelException("glob needs a pattern and a text");
                return new CelTerm(CelType.Bool, d => Glob.Matches((string)pattern.Value(d), (string)text.Value(d)));
            case { Kind: CelTokenKind.Name } when Current.Text == "(": throw new CelException($"calls {token.Text}, which is not supported yet", isUnsupported: true);
            case { Kind: CelTokenKind.Name }:
                var named = CelNames.Name(token.Text, scope);
                if (named.Field is not null) _fields.Add(named.Field);
                return named;
            default:
                _next--;
                throw Unexpected("a value");
        }
    }

    private CelTerm Member(CelTerm target)
    {
        while (Take("."))
        {
            var name = ExpectName();
            if (Current.Text != "(") throw new CelException($"uses .{name}, which is not known here");
            var arguments = Arguments();
            Func<string, string, bool> test = name switch
            {
                "startsWith" => (t, a) => t.StartsWith(a, StringComparison.Ordinal),
                "endsWith" => (t, a) => t.EndsWith(a, StringComparison.Ordinal),
                "contains" => (t, a) => t.Contains(a, StringComparison.Ordinal),
                _ => throw new CelException($"calls {name}, which is not supported yet", isUnsupported: true),
            };
            if (target.Type != CelType.Text || arguments is not [{ Type: CelType.Text } argument]) throw new CelException($"{name} needs texts");
            var subject = target;
            target = new CelTerm(CelType.Bool, d => test((string)subject.Value(d), (string)argument.Value(d)));
        }

        return target;
    }

    private List<CelTerm> Arguments()
    {
        Expect("(");
        var arguments = new List<CelTerm>();
        while (!Take(")"))
        {
            if (arguments.Count > 0) Expect(",");
            arguments.Add(Or());
        }

        return arguments;
    }

    private CelTerm List()
    {
        var items = new List<string>();
        while (!Take("]"))
        {
            if (items.Count > 0) Expect(",");
            items.Add(Or() is { Type: CelType.Text, Literal: string text } ? text : throw new CelException("lists of anything but texts are not supported yet", isUnsupported: true));
        }

        return CelTerm.Constant(CelType.TextList, items);
    }

    private bool Take(string symbol)
    {
        if (Current.Kind != CelTokenKind.Symbol || Current.Text != symbol) return false;
        _next++;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol)) throw Unexpected(symbol);
    }

    private string ExpectName() => Current.Kind == CelTokenKind.Name
        ? _tokens[_next++].Text
        : throw Unexpected("a name");

    private CelException Unexpected(string expected) => Current is { Kind: CelTokenKind.Symbol, Text: "?" }
        ? new CelException("uses ? :, which is not supported yet", isUnsupported: true)
        : new CelException($"has {Current.Text} where {expected} is expected");

    private static CelTerm Bool(CelTerm term) =>
        term.Type == CelType.Bool ? term : throw new CelException("has a value where a condition is expected");
}

/// <summary>One condition of an expression.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Term">Evaluates to a bool.</param>
/// <param name="Fields">The disk's fields it looks at, in order.</param>
internal sealed record CelCondition(string Text, CelTerm Term, IReadOnlyList<string> Fields);
