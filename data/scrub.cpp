#include "data/scrub.hpp"

#include "data/database.hpp"
#include "data/limits.hpp"

#include <thread>

namespace keyaki::data {

namespace {

/// Most pages are moved while writers go on; then they wait, for scrub_timeout_ms at most where somebody reads.
bool cut_log(Connection &connection) {
    connection.set_busy_timeout_ms(scrub_timeout_ms);
    connection.checkpoint(Connection::Checkpoint::passive);
    return connection.checkpoint(Connection::Checkpoint::truncate).wal_pages == 0;
}

} // namespace

bool scrub_log(const std::filesystem::path &file) {
    Connection connection(file, Access::write);
    connection.take_over_file();
    return cut_log(connection);
}

bool rebuild_file(const std::filesystem::path &file) {
    Connection connection(file, Access::write);
    connection.take_over_file();
    connection.rebuild();
    bool is_cut = cut_log(connection);
    for (int tries = 1; !is_cut && tries < scrub_tries; ++tries) {
        std::this_thread::sleep_for(rest_between_scrubs); // writers pass
        is_cut = cut_log(connection);
    }
    return is_cut;
}

} // namespace keyaki::data
