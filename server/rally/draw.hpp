#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A draw that anybody can do again. The tickets, sorted, and the SHA-256 of their lines are published when the draw is closed, with the outside
/// source and round that the seed will come from; the seed comes after. Each ticket's place is the SHA-256 of "seed\nhash of the entries\nticket":
/// who has the published file needs nothing but sha256sum and sort (server/rally/draw-format.md).
///
/// Where nobody may win twice, each ticket has the number of its holder: 1 for who holds the first ticket of the list, and so on. The numbers are in
/// the lines that are hashed, so they stand before the seed comes; whose they are is nowhere in the document.
namespace keyaki::server::rally {

/// Of each ticket the number of its holder; empty where one may win as often as he has tickets.
using Holders = std::vector<std::int64_t>;

/// The sorted tickets, each with a blank and its holder's number behind it where there are any, and a line feed. \pre a holder for each, or none
[[nodiscard]] std::string entries_lines(const std::vector<std::string> &sorted_tickets, const Holders &holders = {});
/// Lower-case hexadecimal SHA-256 of those lines.
[[nodiscard]] std::string entries_hash(const std::vector<std::string> &sorted_tickets, const Holders &holders = {});

/// The first `count` tickets by their places, of each holder only his first; all of them where there are no more. \pre the tickets are sorted
[[nodiscard]] std::vector<std::string> winners_of(const std::vector<std::string> &sorted_tickets, std::string_view seed, std::size_t count,
                                                  const Holders &holders = {});

/// Numbers for the members who hold the tickets, by the place of their first one.
[[nodiscard]] Holders numbered_holders(const std::vector<std::string> &members);

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
    Holders holders; ///< of the entries, "unique_winners" in the document; empty: somebody may win twice
};
[[nodiscard]] std::string draw_json(const DrawDocument &document);
/// Throws FieldErrors that name every wrong field.
[[nodiscard]] DrawDocument parse_draw(std::string_view json);
/// What does not hold in it, as sentences; empty when all does. A document that was not drawn yet is checked as far as it goes.
[[nodiscard]] std::vector<std::string> verify_draw(const DrawDocument &document);

} // namespace keyaki::server::rally
