#include "server/commands/ledger_audit.hpp"

#include "data/sha256.hpp"
#include "geo/error.hpp"
#include "server/commands/command.hpp"
#include "server/commands/reconciliation.hpp"
#include "server/flows/published_head.hpp"
#include "server/ledger_json.hpp"
#include "server/time.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace keyaki::server::commands {

namespace {

constexpr std::size_t page = 1'000; ///< entries read at a time
/// What every line of a copy begins with (transfer_json()).
constexpr std::string_view line_begin = R"({"sequence":)";

/// The copy, open for appending, with a line that was not finished cut off. Only of a file that is known to be a copy anything is cut.
class Copy {
  public:
    explicit Copy(std::filesystem::path file) : m_file(std::move(file)), m_descriptor(open(m_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
        if (m_descriptor < 0) {
            fail("open");
        }
        cut_off_half_a_line();
    }
    ~Copy() { close(m_descriptor); }
    Copy(const Copy &) = delete;
    Copy &operator=(const Copy &) = delete;

    /// All of the text or, where that fails, nothing.
    void append(const std::string &text) {
        if (pwrite(m_descriptor, text.data(), text.size(), m_size) != static_cast<ssize_t>(text.size())) {
            const int reason = errno;
            static_cast<void>(ftruncate(m_descriptor, m_size)); // else the next audit does it
            errno = reason;
            fail("write");
        }
        m_size += static_cast<off_t>(text.size());
    }
    void sync() {
        if (fsync(m_descriptor) != 0) {
            fail("sync");
        }
    }

  private:
    /// Empty, or it begins as the first line of a copy does; an audit that was killed in its first night may have left less than that.
    void require_copy(const struct stat &found) const {
        std::array<char, line_begin.size()> bytes{};
        const bool is_file = S_ISREG(found.st_mode);
        const ssize_t count = is_file ? pread(m_descriptor, bytes.data(), bytes.size(), 0) : 0;
        if (count < 0) {
            fail("read");
        }
        if (!is_file || !line_begin.starts_with(std::string_view(bytes.data(), static_cast<std::size_t>(count)))) {
            throw geo::Error(geo::ErrorKind::invalid_input,
                             fmt::format("line 1 of the copy {}: expected an entry with a sequence, found {}; nothing was changed", m_file.string(),
                                         is_file ? "something else" : "what is no regular file"));
        }
    }
    void cut_off_half_a_line() {
        struct stat found {};
        if (fstat(m_descriptor, &found) != 0) {
            fail("look at");
        }
        require_copy(found);
        m_size = found.st_size;
        for (char last = '\0'; m_size > 0; --m_size) {
            if (pread(m_descriptor, &last, 1, m_size - 1) != 1) {
                fail("read");
            }
            if (last == '\n') {
                break;
            }
        }
        if (m_size != found.st_size && ftruncate(m_descriptor, m_size) != 0) {
            fail("cut");
        }
    }
    [[noreturn]] void fail(const char *what) const {
        throw geo::Error(geo::ErrorKind::unavailable, fmt::format("cannot {} the copy {}: {}", what, m_file.string(), std::strerror(errno)));
    }

    std::filesystem::path m_file;
    int m_descriptor;
    off_t m_size = 0;
};

/// Sums over the lines of the copy: what an account has by them.
struct Sums {
    std::uint64_t last_sequence = 0;
    std::map<std::string, std::int64_t> posted;
};

Sums add_up(const std::filesystem::path &file) {
    Sums sums;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const nlohmann::json entry = nlohmann::json::parse(line); // reconcile() has read it before
        sums.last_sequence = entry.at("sequence").get<std::uint64_t>();
        if (entry.at("state") == "posted") {
            const auto amount = entry.at("amount").get<std::int64_t>();
            sums.posted[entry.at("debit").get<std::string>()] -= amount;
            sums.posted[entry.at("credit").get<std::string>()] += amount;
        }
    }
    return sums;
}

/// Everything after `last`, appended.
std::uint64_t append_new(data::Store &store, Copy &copy, std::uint64_t last) {
    std::uint64_t count = 0;
    for (std::size_t found = page; found == page;) {
        const auto entries = store.transfers("", last, page);
        found = entries.size();
        std::string lines;
        for (const data::Transfer &entry : entries) {
            last = entry.sequence;
            lines += transfer_json(entry).dump() + "\n";
        }
        copy.append(lines);
        count += found;
    }
    copy.sync();
    return count;
}

/// Opening, lines and closing of a shop's account in the last day, and the closing by the copy.
void check_statement(const data::ShopAccountStatement &statement, std::int64_t by_copy, Audit &audit) {
    std::int64_t sum = statement.opening;
    for (const data::Transfer &line : statement.lines) {
        sum += line.request.credit_account == statement.account ? line.request.amount : -line.request.amount;
    }
    if (sum != statement.closing || sum != by_copy) {
        audit.findings.push_back(fmt::format("the statement of {} closes with {}, its lines give {}, and the copy's postings {}", statement.account,
                                             statement.closing, sum, by_copy));
    }
}

void check_sums(data::Store &store, const Sums &sums, Audit &audit) {
    const auto last = sums.last_sequence == 0 ? std::nullopt : store.find_transfer(sums.last_sequence);
    if (!last) {
        return; // an empty ledger; or reconcile() has said it
    }
    const auto by_copy = [&sums](const std::string &account) {
        const auto summed = sums.posted.find(account);
        return summed == sums.posted.end() ? 0 : summed->second;
    };
    std::set<std::string> shops; // one may have several accounts, and has one statement
    for (const data::Account &account : store.accounts()) {
        const auto then = store.account_at(account.id, last->time_us);
        if (then && then->posted() != by_copy(account.id)) {
            audit.findings.push_back(fmt::format("{} had {} points after entry {}, but the copy's postings give {}", account.id, then->posted(),
                                                 sums.last_sequence, by_copy(account.id)));
        }
        if (account.kind == data::AccountKind::shop) {
            shops.emplace(data::owner_of(account.id));
        }
    }
    for (const std::string &shop : shops) {
        for (const auto &statement : store.shop_statement(shop, last->time_us + 1 - day_us, last->time_us + 1).accounts) {
            check_statement(statement, by_copy(statement.account), audit);
        }
    }
}

void audit(const Common &common, const std::string &copy, const std::string &head_file) {
    const auto store = common.open();
    if (!head_file.empty()) {
        PublishedHead(head_file).require_no_step_back(*store);
    }
    const Audit found = audit_ledger(*store, copy);
    if (common.json) {
        fmt::print("{}\n", nlohmann::ordered_json{{"head", head_json(found.head)},
                                                  {"entries", found.entries},
                                                  {"newly_copied", found.newly_copied},
                                                  {"findings", found.findings}}
                               .dump());
    } else {
        for (const std::string &finding : found.findings) {
            fmt::print("  {}\n", finding);
        }
    }
    if (!found.findings.empty()) {
        throw geo::Error(geo::ErrorKind::corrupt, fmt::format("the books do not agree: {} findings", found.findings.size()));
    }
    if (!common.json) {
        fmt::print("{} entries, {} of them new in the copy, head {}: the chain, every total, every statement and the copy agree\n", found.entries,
                   found.newly_copied, data::to_hex(found.head.hash));
    }
}

} // namespace

Audit audit_ledger(data::Store &store, const std::filesystem::path &copy_file) {
    Audit audit;
    const data::LedgerReport report = store.verify_ledger();
    audit.head = report.head;
    audit.entries = report.transfers;
    audit.findings = report.problems;
    Copy copy(copy_file);
    std::ifstream in(copy_file);
    const Reconciliation compared = reconcile(store, in);
    audit.findings.insert(audit.findings.end(), compared.findings.begin(), compared.findings.end());
    if (audit.findings.empty()) {
        audit.newly_copied = append_new(store, copy, compared.last);
        check_sums(store, add_up(copy_file), audit);
    }
    return audit;
}

void add_ledger_audit(CLI::App &ledger) {
    auto *auditing = ledger.add_subcommand("audit", "Verify, compare with the copy of earlier nights, and copy what is new: every night");
    auditing->footer("Example: keyaki ledger audit /var/lib/keyaki-audit/ledger.jsonl --head /srv/keyaki-head/head");
    const auto common = std::make_shared<Common>();
    const auto copy = std::make_shared<std::string>();
    const auto head = std::make_shared<std::string>();
    auditing->add_option("copy", *copy, "The copy, best on another disk; made where it is not there")->required();
    auditing->add_option("--head", *head, "A file with a head that was published: the ledger must not be behind it");
    add_common_options(*auditing, *common, true);
    auditing->callback([common, copy, head] { audit(*common, *copy, *head); });
}

} // namespace keyaki::server::commands
