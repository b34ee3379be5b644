#include "server/filter/evaluation.hpp"

#include "server/filter/folding.hpp"
#include "server/filter/limits.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace keyaki::server::filter {

namespace {

constexpr std::uint8_t not_seen = UINT8_MAX;

Scalar scalar_of(const tiles::ValueView &value) noexcept { // NOLINT(bugprone-exception-escape): no variant here is without a value
    return std::visit([](auto held) -> Scalar { return held; }, value);
}

bool is_null_value(const Scalar &value) noexcept { return std::holds_alternative<std::monostate>(value); }

/// Whether the list has it; unknown where it has constants of another kind, with which nothing can be said to be equal.
Truth found_in(const InList &list, const Scalar &value) noexcept {
    const auto *text = std::get_if<std::string_view>(&value);
    const auto *whole = std::get_if<std::int64_t>(&value);
    const auto *real = std::get_if<double>(&value);
    const auto *truth = std::get_if<bool>(&value);
    if (text != nullptr && list.texts.find(*text) != list.texts.end()) {
        return Truth::yes;
    }
    if (whole != nullptr && list.whole_numbers.contains(*whole)) {
        return Truth::yes;
    }
    if (real != nullptr) {
        const bool is_whole = std::trunc(*real) == *real && std::abs(*real) < 9.2e18;
        if (is_whole ? list.whole_numbers.contains(static_cast<std::int64_t>(*real)) : list.other_numbers.contains(*real)) {
            return Truth::yes;
        }
    }
    if (truth != nullptr && (*truth ? list.has_true : list.has_false)) {
        return Truth::yes;
    }
    const bool has_numbers = !list.whole_numbers.empty() || !list.other_numbers.empty();
    const bool has_others = (!list.texts.empty() && text == nullptr) || (has_numbers && whole == nullptr && real == nullptr) ||
                            ((list.has_true || list.has_false) && truth == nullptr);
    return has_others ? Truth::unknown : Truth::no;
}

} // namespace

Evaluation::Evaluation(const BoundFilter &filter) : m_filter(&filter), m_kept(filter.node_count) {}

void Evaluation::enter(const tiles::SnapshotPart &part) {
    m_part = &part;
    m_columns.clear();
    for (const Queryable &queryable : m_filter->columns) {
        m_columns.emplace_back(part, queryable);
    }
    std::size_t bytes_left = max_memo_bytes;
    allot_memos(m_filter->root, bytes_left);
}

/// The largest subtrees that look at one column alone. Ids differ from feature to feature: a memo would only be filled.
void Evaluation::allot_memos(const BoundNode &node, std::size_t &bytes_left) {
    kept(node).memo.clear();
    const std::size_t values = m_part->values().size();
    if (node.only_column != BoundNode::none && !node.is_constant && !m_columns[node.only_column].is_feature_id() && values <= bytes_left) {
        kept(node).memo.assign(values, not_seen);
        bytes_left -= values;
        return;
    }
    if (node.op == Operator::both || node.op == Operator::either || node.op == Operator::negation) {
        for (const BoundNode &operand : node.operands) {
            allot_memos(operand, bytes_left);
        }
    }
}

Answers Evaluation::evaluate(std::uint32_t first, std::uint64_t wanted) { return answers(m_filter->root, first, wanted); }

Answers Evaluation::answers(const BoundNode &node, std::uint32_t first, std::uint64_t wanted) {
    if (!node.is_constant && !kept(node).memo.empty()) {
        return remembered(node, first, wanted);
    }
    switch (node.op) {
    case Operator::both: return answers_of_all(node, first, wanted);
    case Operator::either: return answers_of_any(node, first, wanted);
    case Operator::negation: {
        const Answers of = answers(node.operands[0], first, wanted);
        return {wanted & ~(of.yes | of.unknown), of.unknown};
    }
    default: break;
    }
    Answers found;
    for (std::uint64_t left = wanted; left != 0; left &= left - 1) {
        m_index = first + static_cast<std::uint32_t>(std::countr_zero(left));
        const Truth one = truth(node);
        const std::uint64_t bit = left & (~left + 1);
        found.yes |= one == Truth::yes ? bit : 0;
        found.unknown |= one == Truth::unknown ? bit : 0;
    }
    return found;
}

/// Each operand is asked of those features alone of which none before has said no.
Answers Evaluation::answers_of_all(const BoundNode &node, std::uint32_t first, std::uint64_t wanted) {
    Answers all{wanted, 0};
    for (const BoundNode &operand : node.operands) {
        const std::uint64_t open = all.yes | all.unknown;
        if (open == 0) {
            break;
        }
        const Answers one = answers(operand, first, open);
        all.unknown = (all.unknown & (one.yes | one.unknown)) | (all.yes & one.unknown);
        all.yes &= one.yes;
    }
    return all;
}

/// Each operand is asked of those features alone of which none before has said yes.
Answers Evaluation::answers_of_any(const BoundNode &node, std::uint32_t first, std::uint64_t wanted) {
    Answers any;
    for (const BoundNode &operand : node.operands) {
        if ((wanted & ~any.yes) == 0) {
            break;
        }
        const Answers one = answers(operand, first, wanted & ~any.yes);
        any.yes |= one.yes;
        any.unknown = (any.unknown | one.unknown) & ~any.yes;
    }
    return any;
}

Answers Evaluation::remembered(const BoundNode &node, std::uint32_t first, std::uint64_t wanted) {
    const PartColumn &column = m_columns[node.only_column];
    std::vector<std::uint8_t> &memo = kept(node).memo;
    Answers found;
    for (std::uint64_t left = wanted; left != 0; left &= left - 1) {
        const auto place = static_cast<std::uint32_t>(std::countr_zero(left));
        const std::uint32_t value = column.value(first + place);
        std::uint8_t &known = memo[value];
        if (known == not_seen) {
            m_value = value;
            known = static_cast<std::uint8_t>(truth(node));
            m_value.reset();
        }
        found.yes |= static_cast<std::uint64_t>(known == static_cast<std::uint8_t>(Truth::yes)) << place;
        found.unknown |= static_cast<std::uint64_t>(known == static_cast<std::uint8_t>(Truth::unknown)) << place;
    }
    return found;
}

Truth Evaluation::truth(const BoundNode &node) {
    switch (node.op) {
    case Operator::both: return all_of(node);
    case Operator::either: return any_of(node);
    case Operator::negation: return negated(truth(node.operands[0]));
    case Operator::between: return between(node);
    case Operator::in: return in_list(node);
    case Operator::like: return like(node);
    case Operator::is_null: return is_null(node);
    default: break;
    }
    if (is_comparison(node.op)) {
        const Scalar left = scalar(node.operands[0]);
        return compared(node.op, left, scalar(node.operands[1]));
    }
    if (is_spatial(node.op)) {
        return spatial(node);
    }
    if (is_temporal(node.op)) {
        return temporal(node);
    }
    const Scalar value = scalar(node);
    const auto *held = std::get_if<bool>(&value);
    return held != nullptr ? truth_of(*held) : Truth::unknown;
}

Truth Evaluation::all_of(const BoundNode &node) {
    Truth all = Truth::yes;
    for (const BoundNode &operand : node.operands) {
        const Truth one = truth(operand);
        if (one == Truth::no) {
            return Truth::no;
        }
        all = one == Truth::unknown ? Truth::unknown : all;
    }
    return all;
}

Truth Evaluation::any_of(const BoundNode &node) {
    Truth any = Truth::no;
    for (const BoundNode &operand : node.operands) {
        const Truth one = truth(operand);
        if (one == Truth::yes) {
            return Truth::yes;
        }
        any = one == Truth::unknown ? Truth::unknown : any;
    }
    return any;
}

Truth Evaluation::between(const BoundNode &node) {
    const Scalar value = scalar(node.operands[0]);
    const Truth low = compared(Operator::greater_or_equal, value, scalar(node.operands[1]));
    if (low == Truth::no) {
        return Truth::no;
    }
    const Truth high = compared(Operator::less_or_equal, value, scalar(node.operands[2]));
    return high == Truth::no || low == Truth::yes ? high : Truth::unknown;
}

Truth Evaluation::in_list(const BoundNode &node) {
    const Scalar value = scalar(node.operands[0]);
    if (is_null_value(value)) {
        return Truth::unknown;
    }
    Truth found = found_in(*node.list, value);
    for (std::size_t index = 1; index < node.operands.size() && found != Truth::yes; ++index) {
        const Truth one = compared(Operator::equal, value, scalar(node.operands[index]));
        found = one == Truth::no ? found : one;
    }
    return found;
}

Truth Evaluation::like(const BoundNode &node) {
    const BoundNode &operand = node.operands[0];
    if (operand.op == Operator::casei && !operand.is_constant) { // nearly always a column of ASCII, of which no folded copy is needed
        const Scalar value = scalar(operand.operands[0]);
        const auto *text = std::get_if<std::string_view>(&value);
        return text != nullptr ? truth_of(node.pattern->matches_without_case(*text, kept(operand).text)) : Truth::unknown;
    }
    const Scalar value = scalar(operand);
    const auto *text = std::get_if<std::string_view>(&value);
    return text != nullptr ? truth_of(node.pattern->matches(*text)) : Truth::unknown;
}

Truth Evaluation::is_null(const BoundNode &node) {
    const BoundNode &operand = node.operands[0];
    switch (operand.kind) {
    case Kind::geometry: return Truth::no; // every feature of a snapshot has one
    case Kind::interval: return truth_of(!span(operand));
    case Kind::truth: return truth_of(truth(operand) == Truth::unknown);
    default: return truth_of(is_null_value(scalar(operand)));
    }
}

Truth Evaluation::spatial(const BoundNode &node) {
    if (node.is_constant) {
        return truth_of(holds(node.relation, *node.operands[0].geometry, *node.operands[1].geometry));
    }
    if (node.geometry == nullptr) { // a geometry to itself
        return truth_of(node.relation == geo::Relation::intersects || node.relation == geo::Relation::equals ||
                        node.relation == geo::Relation::within || node.relation == geo::Relation::contains);
    }
    std::unique_ptr<SpatialProbe> &probe = kept(node).probe;
    if (probe == nullptr) {
        probe = std::make_unique<SpatialProbe>(*node.geometry, node.relation);
    }
    return truth_of(probe->holds(*m_part, m_index));
}

Truth Evaluation::temporal(const BoundNode &node) {
    const auto left = span(node.operands[0]);
    const auto right = span(node.operands[1]);
    return left && right ? related(node.op, *left, *right) : Truth::unknown;
}

std::optional<Span> Evaluation::span(const BoundNode &node) {
    if (node.kind != Kind::interval) {
        const auto instant = instant_of(scalar(node));
        return instant ? std::optional(Span{instant, instant, true}) : std::nullopt;
    }
    Span span;
    for (const std::size_t end : {0U, 1U}) {
        if (std::holds_alternative<OpenEnd>(node.operands[end].literal)) {
            continue;
        }
        const auto instant = instant_of(scalar(node.operands[end]));
        if (!instant) {
            return std::nullopt;
        }
        (end == 0 ? span.begin : span.end) = instant;
    }
    return span;
}

Scalar Evaluation::scalar(const BoundNode &node) {
    switch (node.op) {
    case Operator::literal: return filter::scalar_of(node.literal);
    case Operator::property: return property(node);
    case Operator::casei:
    case Operator::accenti: return without_case_or_accents(node);
    default: break;
    }
    if (is_arithmetic(node.op)) {
        const Scalar left = scalar(node.operands[0]);
        return calculated(node.op, left, scalar(node.operands[1]));
    }
    const Truth answer = truth(node);
    return answer == Truth::unknown ? Scalar(std::monostate{}) : Scalar(answer == Truth::yes);
}

Scalar Evaluation::property(const BoundNode &node) const {
    const std::uint32_t number = m_value ? *m_value : m_columns[node.column].value(m_index);
    const Scalar value = scalar_of(m_part->values().value(number));
    if (!node.is_time) {
        return value;
    }
    const auto instant = instant_of(value);
    return instant ? Scalar(*instant) : Scalar(std::monostate{});
}

Scalar Evaluation::without_case_or_accents(const BoundNode &node) {
    const Scalar value = scalar(node.operands[0]);
    const auto *text = std::get_if<std::string_view>(&value);
    if (text == nullptr) {
        return std::monostate{};
    }
    std::string &result = kept(node).text;
    if (node.op == Operator::casei) {
        fold_case(*text, result);
    } else {
        strip_accents(*text, result);
    }
    return std::string_view(result);
}

Literal constant_value(const BoundNode &node) {
    assert(node.is_constant);
    Evaluation evaluation(node.number);
    const Scalar value = evaluation.scalar(node);
    return std::visit(
        [](const auto &held) -> Literal {
            if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::string_view>) {
                return std::string(held);
            } else {
                return held;
            }
        },
        value);
}

} // namespace keyaki::server::filter
