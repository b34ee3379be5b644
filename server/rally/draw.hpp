#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// A draw that anybody can do again. The tickets, sorted, and the SHA-256 of their lines are published when the draw is closed, with the outside
/// source and round that the seed will come from; the seed comes after. Each ticket's place is the SHA-256 of "seed\nhash of the entries\nticket":
/// who has the published file needs nothing but sha256sum and sort.
namespace keyaki::server::rally {

/// The sorted tickets, each with a line feed behind it.
[[nodiscard]] std::string entries_lines(const std::vector<std::string> &sorted_tickets);
/// Lower-case hexadecimal SHA-256 of the sorted tickets, each with a line feed behind it.
[[nodiscard]] std::string entries_hash(const std::vector<std::string> &sorted_tickets);

/// The first `count` tickets by their places; all of them where there are no more. \pre the tickets are sorted
[[nodiscard]] std::vector<std::string> winners_of(const std::vector<std::string> &sorted_tickets, std::string_view seed, std::size_t count);

struct DrawDocument {
    std::string rally;
    std::string closed_at;
    std::string seed_announced;
    std::size_t winners_wanted = 0;
    std::vector<std::string> entries;
    std::string hash;
    std::string seed; ///< empty: not drawn yet
    std::string drawn_at;
    std::vector<std::string> winners;
};
[[nodiscard]] std::string draw_json(const DrawDocument &document);
/// Throws FieldErrors that name every wrong field.
[[nodiscard]] DrawDocument parse_draw(std::string_view json);
/// What does not hold in it, as sentences; empty when all does. A document that was not drawn yet is checked as far as it goes.
[[nodiscard]] std::vector<std::string> verify_draw(const DrawDocument &document);

} // namespace keyaki::server::rally
