#pragma once

#include "server/flows/import.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The report as rows with a code, a sentence and what they are about: what its CSV and its pages have in common.
namespace keyaki::server::imports {

struct ReportRow {
    std::string_view list; ///< "refused", "suspect", "moved", "removed", "ambiguous", "kept_edit", "conflict" or "warning"
    std::uint64_t row = 0; ///< of the file; 0: none
    std::string column;
    std::string value; ///< as the file has it, or the feature's name
    std::string id;    ///< of the feature, where one is meant
    std::string kind;  ///< a code for programs
    std::string reason;
};

[[nodiscard]] std::vector<ReportRow> report_rows(const ImportOutcome &outcome);

/// Japanese names of lists and of codes, for people; the code itself where there is none.
[[nodiscard]] std::string_view list_title_ja(std::string_view list) noexcept;
[[nodiscard]] std::string_view list_title_en(std::string_view list) noexcept;
[[nodiscard]] std::string_view kind_title_ja(std::string_view kind) noexcept;

/// A number of something, in both languages.
struct ReportCount {
    std::string_view title_ja;
    std::string_view title_en;
    std::uint64_t count = 0;
};
/// What became of the rows and what publishing would do, in the order in which people ask.
[[nodiscard]] std::vector<ReportCount> report_counts(const ImportOutcome &outcome);

} // namespace keyaki::server::imports
