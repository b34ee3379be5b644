#pragma once

#include "server/filter/bound_filter.hpp"
#include "server/filter/part_column.hpp"
#include "server/filter/scalar.hpp"
#include "server/filter/spatial_probe.hpp"
#include "server/filter/temporal.hpp"
#include "tiles/snapshot_part.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keyaki::server::filter {

/// What a filter says of 64 features that lie one behind the other: a bit each. Neither bit is `no`.
struct Answers {
    std::uint64_t yes = 0;
    std::uint64_t unknown = 0;
};

/// Evaluates a filter on the features of one part after another, 64 at a time, so that logic is a few operations on bits. What depends on one column
/// alone is worked out once for each distinct value and then looked up by the value's number. One thread; the filter must outlive it.
class Evaluation {
  public:
    explicit Evaluation(const BoundFilter &filter);

    /// The part must outlive the calls of evaluate() that follow.
    void enter(const tiles::SnapshotPart &part);
    /// Of the features first + i for each bit i of `wanted`; the other bits of the answers are 0. Throws geo::Error(invalid_input) where GEOS cannot
    /// tell. \pre enter() was called and those features are in the part
    [[nodiscard]] Answers evaluate(std::uint32_t first, std::uint64_t wanted);

  private:
    friend Literal constant_value(const BoundNode &node);
    explicit Evaluation(std::uint32_t first_number) : m_first_number(first_number), m_kept(1) {}

    /// What is kept for a node.
    struct Kept {
        std::string text;                    ///< of CASEI and ACCENTI: their last result
        std::unique_ptr<SpatialProbe> probe; ///< of a spatial function
        std::vector<std::uint8_t> memo;      ///< Truth by the number of the value, or not_seen; empty where it is not kept
    };

    void allot_memos(const BoundNode &node, std::size_t &bytes_left);
    [[nodiscard]] Kept &kept(const BoundNode &node) { return m_kept[node.number - m_first_number]; }
    [[nodiscard]] Answers answers(const BoundNode &node, std::uint32_t first, std::uint64_t wanted);
    [[nodiscard]] Answers answers_of_all(const BoundNode &node, std::uint32_t first, std::uint64_t wanted);
    [[nodiscard]] Answers answers_of_any(const BoundNode &node, std::uint32_t first, std::uint64_t wanted);
    [[nodiscard]] Answers remembered(const BoundNode &node, std::uint32_t first, std::uint64_t wanted);
    [[nodiscard]] Truth truth(const BoundNode &node); ///< of the feature m_index, or of the value m_value
    [[nodiscard]] Truth all_of(const BoundNode &node);
    [[nodiscard]] Truth any_of(const BoundNode &node);
    [[nodiscard]] Truth between(const BoundNode &node);
    [[nodiscard]] Truth in_list(const BoundNode &node);
    [[nodiscard]] Truth like(const BoundNode &node);
    [[nodiscard]] Truth is_null(const BoundNode &node);
    [[nodiscard]] Truth spatial(const BoundNode &node);
    [[nodiscard]] Truth temporal(const BoundNode &node);
    [[nodiscard]] Scalar scalar(const BoundNode &node);
    [[nodiscard]] Scalar property(const BoundNode &node) const;
    [[nodiscard]] Scalar without_case_or_accents(const BoundNode &node);
    [[nodiscard]] std::optional<Span> span(const BoundNode &node);

    const BoundFilter *m_filter = nullptr;
    std::uint32_t m_first_number = 0;
    std::vector<Kept> m_kept; ///< by node
    const tiles::SnapshotPart *m_part = nullptr;
    std::vector<PartColumn> m_columns;
    std::uint32_t m_index = 0;
    std::optional<std::uint32_t> m_value; ///< the number of the one value that is looked at while a memo is filled
};

/// The value of a node that looks at no feature and whose operands are literals: a scalar, or null. \pre node.is_constant
[[nodiscard]] Literal constant_value(const BoundNode &node);

} // namespace keyaki::server::filter
