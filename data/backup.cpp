#include "data/backup.hpp"

#include "data/partial_file.hpp"

#include <fmt/format.h>

namespace keyaki::data {

namespace {

[[noreturn]] void refuse(const std::string &sentence) { throw geo::Error(geo::ErrorKind::conflict, sentence); }

/// Also a name that would make the copy a part of the database.
void refuse_itself(const std::filesystem::path &database, const std::filesystem::path &target) {
    std::error_code none;
    const std::filesystem::path own = std::filesystem::weakly_canonical(database, none);
    const std::filesystem::path given = std::filesystem::weakly_canonical(target, none);
    for (const char *suffix : {"", "-wal", "-shm", "-journal", "-imports"}) {
        if (given == own.string() + suffix) {
            refuse(fmt::format("expected another name for the backup, found {}, which is the database itself or a part of it", target.string()));
        }
    }
}

/// A file of that name, or a log that SQLite would play back into the copy as soon as somebody opens it.
void refuse_what_is_there(const std::filesystem::path &target) {
    for (const char *suffix : {"", "-wal", "-journal"}) {
        const std::filesystem::path file = target.string() + suffix;
        if (std::filesystem::exists(std::filesystem::symlink_status(file))) {
            refuse(fmt::format("expected a new file for the backup, found {} there already", file.string()));
        }
    }
}

} // namespace

void back_up(Connection &connection, const std::filesystem::path &target) {
    refuse_itself(connection.file(), target);
    refuse_what_is_there(target);
    const PartialFile partial(target);
    connection.copy_to(partial.path());
    if (!partial.give_name()) {
        refuse_what_is_there(target);
    }
}

} // namespace keyaki::data
