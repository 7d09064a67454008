package memlog_test

import (
	"testing"

	"reprise/internal/journal"
	"reprise/internal/journal/journaltest"
	"reprise/internal/journal/memlog"
)

func TestContract(t *testing.T) {
	journaltest.Suite(t, func(t *testing.T) (journal.Log, func() journal.Log) {
		log := memlog.New(nil)
		return log, func() journal.Log {
			log = log.Reopen()
			return log
		}
	})
}
