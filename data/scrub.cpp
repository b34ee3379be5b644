#include "data/scrub.hpp"

#include "data/database.hpp"

namespace keyaki::data {

namespace {

bool cut_log(Connection &connection) { return connection.checkpoint(Connection::Checkpoint::truncate).wal_pages == 0; }

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
    return cut_log(connection);
}

} // namespace keyaki::data
