#include "server/filter/bound_filter.hpp"

#include "geo/error.hpp"
#include "server/filter/evaluation.hpp"
#include "server/filter/temporal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace keyaki::server::filter {

namespace {

std::string_view kind_word(Kind kind) noexcept {
    switch (kind) {
    case Kind::truth: return "a truth value";
    case Kind::number: return "a number";
    case Kind::text: return "a text";
    case Kind::instant: return "a date or timestamp";
    case Kind::interval: return "an interval";
    case Kind::geometry: return "a geometry";
    case Kind::any: return "a value";
    }
    return "a value";
}

Kind kind_of(QueryableType type) noexcept {
    switch (type) {
    case QueryableType::geometry: return Kind::geometry;
    case QueryableType::text: return Kind::text;
    case QueryableType::integer:
    case QueryableType::number: return Kind::number;
    case QueryableType::boolean: return Kind::truth;
    case QueryableType::date:
    case QueryableType::timestamp: return Kind::instant;
    case QueryableType::any: return Kind::any;
    }
    return Kind::any;
}

Kind kind_of(const Literal &literal) noexcept {
    if (std::holds_alternative<bool>(literal)) {
        return Kind::truth;
    }
    if (std::holds_alternative<std::int64_t>(literal) || std::holds_alternative<double>(literal)) {
        return Kind::number;
    }
    if (std::holds_alternative<std::string>(literal)) {
        return Kind::text;
    }
    if (std::holds_alternative<Instant>(literal) || std::holds_alternative<OpenEnd>(literal)) {
        return Kind::instant;
    }
    return std::holds_alternative<std::monostate>(literal) ? Kind::any : Kind::geometry;
}

bool is_scalar(Kind kind) noexcept { return kind != Kind::geometry && kind != Kind::interval; }

/// Properties hold dates and times as text (geo::Value), so that a text of a feature, not of the filter, may be read as an instant.
bool may_be_time(const BoundNode &node) noexcept { return node.kind == Kind::text && node.op == Operator::property; }

bool are_comparable(const BoundNode &a, const BoundNode &b) noexcept {
    if (!is_scalar(a.kind) || !is_scalar(b.kind)) {
        return false;
    }
    return a.kind == b.kind || a.kind == Kind::any || b.kind == Kind::any || (a.kind == Kind::instant && may_be_time(b)) ||
           (b.kind == Kind::instant && may_be_time(a));
}

/// "property "name", a text": what a sentence says of an operand.
std::string shown(const Expression &expression, const BoundNode &node) {
    if (expression.op == Operator::property) {
        return fmt::format("property {}, {}", in_quotes(expression.name), kind_word(node.kind));
    }
    return std::string(kind_word(node.kind));
}

class Binder {
  public:
    Binder(const Queryables &queryables, const FilterCrs &crs) : m_queryables(queryables), m_crs(crs) {}

    BoundNode bind(const Expression &expression) {
        BoundNode node = bind_unfinished(expression);
        node.number = m_node_count++;
        note_uses(node);
        return node.is_constant && is_scalar(node.kind) && node.op != Operator::literal ? folded(node) : std::move(node);
    }

    std::vector<Queryable> columns() && { return std::move(m_columns); }
    [[nodiscard]] std::uint32_t node_count() const noexcept { return m_node_count; }

  private:
    BoundNode bind_unfinished(const Expression &expression);
    BoundNode bind_literal(const Expression &expression);
    BoundNode bind_property(const Expression &expression);
    BoundNode bind_logic(const Expression &expression);
    BoundNode bind_comparison(const Expression &expression);
    BoundNode bind_between(const Expression &expression);
    BoundNode bind_in(const Expression &expression);
    BoundNode bind_like(const Expression &expression);
    BoundNode bind_is_null(const Expression &expression);
    BoundNode bind_folding(const Expression &expression);
    BoundNode bind_arithmetic(const Expression &expression);
    BoundNode bind_spatial(const Expression &expression);
    BoundNode bind_temporal(const Expression &expression);
    BoundNode bind_interval(const Expression &expression);
    BoundNode bind_of_kind(const Expression &expression, Kind wanted, Operator op);
    void require_comparable(const Expression &a, BoundNode &left, const Expression &b, BoundNode &right);
    std::uint32_t column_of(const Queryable &queryable);
    static void note_uses(BoundNode &node);
    static BoundNode folded(const BoundNode &node);

    const Queryables &m_queryables;
    const FilterCrs &m_crs;
    std::vector<Queryable> m_columns;
    std::uint32_t m_node_count = 0;
};

BoundNode node_of(const Expression &expression, Kind kind) {
    BoundNode node;
    node.op = expression.op;
    node.kind = kind;
    return node;
}

BoundNode Binder::bind_unfinished(const Expression &expression) {
    switch (expression.op) {
    case Operator::literal: return bind_literal(expression);
    case Operator::property: return bind_property(expression);
    case Operator::function:
        refuse_at(expression.place, fmt::format("expected CASEI, ACCENTI or one of the S_ and T_ functions, found {}", in_quotes(expression.name)));
    case Operator::both:
    case Operator::either:
    case Operator::negation: return bind_logic(expression);
    case Operator::like: return bind_like(expression);
    case Operator::between: return bind_between(expression);
    case Operator::in: return bind_in(expression);
    case Operator::is_null: return bind_is_null(expression);
    case Operator::casei:
    case Operator::accenti: return bind_folding(expression);
    case Operator::interval: return bind_interval(expression);
    default: break;
    }
    if (is_comparison(expression.op)) {
        return bind_comparison(expression);
    }
    if (is_arithmetic(expression.op)) {
        return bind_arithmetic(expression);
    }
    return is_spatial(expression.op) ? bind_spatial(expression) : bind_temporal(expression);
}

BoundNode Binder::bind_literal(const Expression &expression) {
    BoundNode node = node_of(expression, kind_of(expression.literal));
    node.literal = expression.literal;
    if (const auto *spatial = std::get_if<std::shared_ptr<const SpatialLiteral>>(&expression.literal)) {
        node.geometry = bind_geometry(**spatial, m_crs, expression.place);
    }
    return node;
}

std::uint32_t Binder::column_of(const Queryable &queryable) {
    const auto found = std::find(m_columns.begin(), m_columns.end(), queryable);
    if (found != m_columns.end()) {
        return static_cast<std::uint32_t>(found - m_columns.begin());
    }
    m_columns.push_back(queryable);
    return static_cast<std::uint32_t>(m_columns.size() - 1);
}

BoundNode Binder::bind_property(const Expression &expression) {
    const Queryable *queryable = m_queryables.find(expression.name);
    if (queryable == nullptr) {
        refuse_at(expression.place, fmt::format("expected a property that the layer has (see its queryables), found {}", in_quotes(expression.name)));
    }
    BoundNode node = node_of(expression, kind_of(queryable->type));
    node.is_time = node.kind == Kind::instant;
    if (node.kind != Kind::geometry) {
        node.column = column_of(*queryable);
    }
    return node;
}

/// The operand, whose kind has to be the one that the operator takes.
BoundNode Binder::bind_of_kind(const Expression &expression, Kind wanted, Operator op) {
    BoundNode node = bind(expression);
    if (node.kind != wanted && node.kind != Kind::any) {
        refuse_at(expression.place, fmt::format("expected {} for {}, found {}", kind_word(wanted), operator_name(op), shown(expression, node)));
    }
    return node;
}

BoundNode Binder::bind_logic(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    for (const Expression &operand : expression.operands) {
        node.operands.push_back(bind_of_kind(operand, Kind::truth, expression.op));
    }
    return node;
}

/// A text of the filter beside a property that is a date or timestamp is read as one.
void read_as_time(BoundNode &literal, const BoundNode &other) {
    const auto *text = std::get_if<std::string>(&literal.literal);
    if (literal.op == Operator::literal && other.is_time && text != nullptr) {
        if (const auto instant = parse_instant(*text)) {
            literal.literal = *instant;
            literal.kind = Kind::instant;
        }
    }
}

void Binder::require_comparable(const Expression &a, BoundNode &left, const Expression &b, BoundNode &right) {
    read_as_time(left, right);
    read_as_time(right, left);
    if (!is_scalar(left.kind)) {
        refuse_at(a.place, fmt::format("expected a scalar to compare, found {}", shown(a, left)));
    }
    if (!are_comparable(left, right)) {
        refuse_at(b.place, fmt::format("expected {} to compare with {}, found {}", kind_word(left.kind), shown(a, left), shown(b, right)));
    }
}

BoundNode Binder::bind_comparison(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    BoundNode left = bind(expression.operands[0]);
    BoundNode right = bind(expression.operands[1]);
    require_comparable(expression.operands[0], left, expression.operands[1], right);
    node.operands.push_back(std::move(left));
    node.operands.push_back(std::move(right));
    return node;
}

BoundNode Binder::bind_between(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    BoundNode value = bind(expression.operands[0]);
    for (std::size_t end = 1; end <= 2; ++end) {
        BoundNode bound = bind(expression.operands[end]);
        require_comparable(expression.operands[0], value, expression.operands[end], bound);
        node.operands.push_back(std::move(bound));
    }
    node.operands.insert(node.operands.begin(), std::move(value));
    return node;
}

/// True where the literal is kept in the list and need not be an operand.
bool add_constant(InList &list, const Literal &literal) {
    if (const auto *text = std::get_if<std::string>(&literal)) {
        list.texts.insert(*text);
    } else if (const auto *whole = std::get_if<std::int64_t>(&literal)) {
        list.whole_numbers.insert(*whole);
    } else if (const auto *real = std::get_if<double>(&literal)) {
        const bool is_whole = std::trunc(*real) == *real && std::abs(*real) < 9.2e18;
        if (is_whole) {
            list.whole_numbers.insert(static_cast<std::int64_t>(*real));
        } else {
            list.other_numbers.insert(*real);
        }
    } else if (const auto *truth = std::get_if<bool>(&literal)) {
        (*truth ? list.has_true : list.has_false) = true;
    } else {
        return false;
    }
    return true;
}

BoundNode Binder::bind_in(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    BoundNode value = bind(expression.operands.front());
    auto list = std::make_shared<InList>();
    for (std::size_t index = 1; index < expression.operands.size(); ++index) {
        BoundNode member = bind(expression.operands[index]);
        require_comparable(expression.operands.front(), value, expression.operands[index], member);
        if (member.op != Operator::literal || !add_constant(*list, member.literal)) {
            node.operands.push_back(std::move(member));
        }
    }
    node.operands.insert(node.operands.begin(), std::move(value));
    node.list = std::move(list);
    return node;
}

BoundNode Binder::bind_like(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    node.operands.push_back(bind_of_kind(expression.operands[0], Kind::text, Operator::like));
    const BoundNode pattern = bind_of_kind(expression.operands[1], Kind::text, Operator::like);
    const auto *text = std::get_if<std::string>(&pattern.literal);
    if (text == nullptr) {
        refuse_at(expression.operands[1].place, "expected a text as pattern of LIKE, perhaps in CASEI or ACCENTI, found one that is not constant");
    }
    try {
        node.pattern = std::make_shared<const LikePattern>(*text);
    } catch (const geo::Error &error) {
        refuse_at(expression.operands[1].place, error.what());
    }
    return node;
}

BoundNode Binder::bind_is_null(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    node.operands.push_back(bind(expression.operands[0]));
    return node;
}

BoundNode Binder::bind_folding(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::text);
    node.operands.push_back(bind_of_kind(expression.operands[0], Kind::text, expression.op));
    return node;
}

BoundNode Binder::bind_arithmetic(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::number);
    for (const Expression &operand : expression.operands) {
        node.operands.push_back(bind_of_kind(operand, Kind::number, expression.op));
    }
    return node;
}

/// The feature stands left and the literal right in what is evaluated; both may be the one or the other in what was written.
BoundNode Binder::bind_spatial(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    node.relation = static_cast<geo::Relation>(static_cast<int>(expression.op) - static_cast<int>(Operator::s_intersects));
    for (const Expression &operand : expression.operands) {
        node.operands.push_back(bind(operand));
        if (node.operands.back().kind != Kind::geometry) {
            refuse_at(operand.place,
                      fmt::format("expected a geometry for {}, found {}", operator_name(expression.op), shown(operand, node.operands.back())));
        }
    }
    if (node.operands[0].geometry != nullptr && node.operands[1].geometry == nullptr) {
        std::swap(node.operands[0], node.operands[1]);
        node.relation = geo::mirrored(node.relation);
    }
    node.geometry = node.operands[1].geometry;
    const auto is_mixed = [](const BoundNode &operand) { return operand.geometry != nullptr && operand.geometry->members.size() > 1; };
    const bool takes_mixed = node.relation == geo::Relation::intersects || node.relation == geo::Relation::disjoint;
    if (!takes_mixed && std::any_of(node.operands.begin(), node.operands.end(), is_mixed)) {
        refuse_at(expression.place, fmt::format("expected points, lines or polygons for {}, found a collection of several of them, which only "
                                                "s_intersects and s_disjoint take",
                                                operator_name(expression.op)));
    }
    return node;
}

BoundNode Binder::bind_temporal(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::truth);
    for (const Expression &operand : expression.operands) {
        BoundNode bound = bind(operand);
        read_as_time(bound, bound);
        const bool is_time = bound.kind == Kind::instant || bound.kind == Kind::interval || bound.kind == Kind::any || may_be_time(bound);
        if (!is_time || std::holds_alternative<OpenEnd>(bound.literal)) {
            refuse_at(operand.place,
                      fmt::format("expected an instant or interval for {}, found {}", operator_name(expression.op), shown(operand, bound)));
        }
        if (!takes_instants(expression.op) && bound.kind != Kind::interval) {
            refuse_at(operand.place, fmt::format("expected an interval for {}, found an instant, which only t_after, t_before, t_disjoint, t_equals "
                                                 "and t_intersects take",
                                                 operator_name(expression.op)));
        }
        node.operands.push_back(std::move(bound));
    }
    return node;
}

BoundNode Binder::bind_interval(const Expression &expression) {
    BoundNode node = node_of(expression, Kind::interval);
    for (const Expression &operand : expression.operands) {
        node.operands.push_back(bind(operand));
        const BoundNode &end = node.operands.back();
        if (end.kind != Kind::instant && end.kind != Kind::any && !may_be_time(end)) {
            refuse_at(operand.place, fmt::format("expected an instant as end of an interval, found {}", shown(operand, end)));
        }
    }
    const auto *begin = std::get_if<Instant>(&node.operands[0].literal);
    const auto *end = std::get_if<Instant>(&node.operands[1].literal);
    if (begin != nullptr && end != nullptr) {
        if (begin->is_date != end->is_date) {
            refuse_at(expression.place, "expected two dates or two timestamps as ends of an interval, found one of each");
        }
        if (compare(*begin, *end) > 0) {
            refuse_at(expression.place, "expected an interval whose begin is not behind its end, found one that is");
        }
    }
    return node;
}

void Binder::note_uses(BoundNode &node) {
    node.is_constant = node.op != Operator::property;
    node.looks_at_geometry = node.op == Operator::property && node.kind == Kind::geometry;
    node.only_column = node.column;
    bool has_several = false;
    for (const BoundNode &operand : node.operands) {
        node.is_constant = node.is_constant && operand.is_constant;
        node.looks_at_geometry = node.looks_at_geometry || operand.looks_at_geometry;
        has_several = has_several || (!operand.is_constant && operand.only_column == BoundNode::none) ||
                      (operand.only_column != BoundNode::none && node.only_column != BoundNode::none && operand.only_column != node.only_column);
        node.only_column = operand.only_column != BoundNode::none ? operand.only_column : node.only_column;
    }
    if (has_several || node.looks_at_geometry) {
        node.only_column = BoundNode::none;
    }
}

BoundNode Binder::folded(const BoundNode &node) {
    BoundNode constant;
    constant.kind = node.kind;
    constant.number = node.number;
    constant.is_constant = true;
    constant.literal = constant_value(node);
    return constant;
}

} // namespace

BoundFilter bind(const Expression &expression, const Queryables &queryables, const FilterCrs &crs) {
    Binder binder(queryables, crs);
    BoundFilter filter;
    filter.root = binder.bind(expression);
    if (filter.root.kind != Kind::truth && filter.root.kind != Kind::any) {
        refuse_at(expression.place, fmt::format("expected a filter that is true or false, found {}", shown(expression, filter.root)));
    }
    filter.node_count = binder.node_count();
    filter.columns = std::move(binder).columns();
    return filter;
}

} // namespace keyaki::server::filter
