#include "server/flows/published_head.hpp"

#include "data/file_sync.hpp"
#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/text_file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace keyaki::server {

namespace {

constexpr std::string_view first_word = "keyaki-ledger-head ";
constexpr std::size_t hash_letters = 64;
constexpr std::size_t file_bytes_max = 200; ///< one line of at most 104

[[noreturn]] void throw_no_head(const std::filesystem::path &file) {
    throw geo::Error(geo::ErrorKind::corrupt,
                     fmt::format("expected the ledger's head in {} (\"{}\", a number and a hash), found something else", file.string(), first_word));
}

std::optional<std::uint8_t> byte_of(std::string_view two_letters) {
    std::uint8_t byte = 0;
    const char *const end = two_letters.data() + two_letters.size();
    const auto [stop, failure] = std::from_chars(two_letters.data(), end, byte, 16);
    return failure == std::errc() && stop == end ? std::optional(byte) : std::nullopt;
}

[[noreturn]] void throw_not_written(const std::filesystem::path &file, const char *what) {
    throw geo::Error(geo::ErrorKind::unavailable,
                     fmt::format("the ledger's head could not be {} in {}: {}", what, file.string(), std::strerror(errno)));
}

/// Closes what it holds.
struct Descriptor {
    int number;
    explicit Descriptor(int opened) : number(opened) {}
    ~Descriptor() {
        if (number >= 0) {
            close(number);
        }
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
};

void write_synced(const std::filesystem::path &file, const std::string &line) {
    const Descriptor out(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (out.number < 0 || write(out.number, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || fsync(out.number) != 0) {
        throw_not_written(file, "written");
    }
}

} // namespace

std::optional<data::LedgerHead> PublishedHead::read() const {
    if (!std::filesystem::exists(m_file)) {
        return std::nullopt;
    }
    const std::string text = read_text_file(m_file, file_bytes_max);
    std::string_view rest = text;
    data::LedgerHead head;
    if (!rest.starts_with(first_word)) {
        throw_no_head(m_file);
    }
    rest.remove_prefix(first_word.size());
    const auto [stop, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), head.sequence);
    if (failure != std::errc() || stop == rest.data()) {
        throw_no_head(m_file);
    }
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
    if (rest.size() != hash_letters + 2 || rest.front() != ' ' || rest.back() != '\n') {
        throw_no_head(m_file);
    }
    for (std::size_t place = 0; place < head.hash.size(); ++place) {
        const auto byte = byte_of(rest.substr(1 + 2 * place, 2));
        if (!byte) {
            throw_no_head(m_file);
        }
        head.hash.at(place) = *byte;
    }
    return head;
}

void PublishedHead::require_no_step_back(data::Store &store) const {
    const std::optional<data::LedgerHead> published = is_on() ? read() : std::nullopt;
    if (!published || published->sequence == 0) {
        return;
    }
    const data::LedgerHead found = store.ledger_head();
    if (found.sequence < published->sequence) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("the ledger ends at entry {}, but {} was published in {}: the database is older than what others were shown; "
                                     "put the newer one back, or remove that file if the loss is known and accepted",
                                     found.sequence, published->sequence, m_file.string()));
    }
    const auto entry = store.find_transfer(published->sequence);
    if (!entry || entry->hash != published->hash) {
        throw geo::Error(geo::ErrorKind::conflict,
                         fmt::format("entry {} of the ledger has the hash {}, but {} was published in {}: this is another history",
                                     published->sequence, entry ? data::to_hex(entry->hash) : std::string("none"), data::to_hex(published->hash),
                                     m_file.string()));
    }
}

void PublishedHead::publish(data::Store &store) {
    const data::LedgerHead head = store.ledger_head();
    if (!is_on() || (m_written && m_written->sequence == head.sequence && m_written->hash == head.hash)) {
        return;
    }
    const std::filesystem::path beside = m_file.string() + ".partial";
    write_synced(beside, fmt::format("{}{} {}\n", first_word, head.sequence, data::to_hex(head.hash)));
    if (rename(beside.c_str(), m_file.c_str()) != 0) {
        throw_not_written(m_file, "put in place");
    }
    data::sync_folder_of(m_file); // else the older name may be back after a power cut
    m_written = head;
}

} // namespace keyaki::server
