/*
 * Steps through a long list: paging HOST PORT CA.pem DATA_DIR, the password in WAXWING_PASSWORD. Prints how many rows there
 * are and how long a window of 50 takes, in microseconds: the median and the slowest of a hundred.
 */
#include "app.h"

enum { WINDOWS = 100, ROWS = 50 };

static app ada;

static int rising(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static waxwing_rows *snapshot(waxwing_list_id list) {
    waxwing_rows *rows = NULL;
    CHECK(waxwing_list_snapshot(ada.client, list, &rows) == WAXWING_OK);
    return rows;
}

int main(int argc, char **argv) {
    CHECK(argc == 5);
    app_init(&ada);
    app_open(&ada, argv[4], file_bytes(argv[3]));
    waxwing_client_set_power_saver(ada.client, true);
    app_add(&ada, argv[1], argv[2]);
    waxwing_list_query query = {.struct_size = sizeof query, .role = WAXWING_ROLE_INBOX};
    waxwing_list_id list = 0;
    CHECK(waxwing_list_open(ada.client, &query, ROWS, &list) == WAXWING_OK);
    waxwing_rows *rows = snapshot(list);
    waxwing_array array = waxwing_rows_array(rows);
    printf("rows %llu\n", (unsigned long long)array.total);
    double took[WINDOWS];
    for (int window = 0; window < WINDOWS; window++) {
        CHECK(array.count > 1);
        const waxwing_message_row *last = row(array, array.count - 1);
        waxwing_message_id anchor = last->id;
        waxwing_rows_free(rows);
        double before = now_us();
        CHECK(waxwing_list_move(ada.client, list, anchor, 0, ROWS) == WAXWING_OK);
        rows = snapshot(list);
        took[window] = now_us() - before;
        array = waxwing_rows_array(rows);
    }
    waxwing_rows_free(rows);
    qsort(took, WINDOWS, sizeof took[0], rising);
    printf("window %.0f us, at most %.0f us\n", took[WINDOWS / 2], took[WINDOWS - 1]);
    waxwing_client_free(ada.client);
    app_end(&ada);
    return 0;
}
